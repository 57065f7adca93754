# SPDX-License-Identifier: BSD-2-Clause
# Mini-OS as a DomU of stock Xen with a card that stock Linux serves (netback behind a bridge). The services it uses are those
# of Domain 0's busybox (DHCP, HTTP) and a small DNS server; what it serves, busybox asks for. Asserted is what Domain 0 saw.

test_minios_network() {
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
END
    cat >"$WORK/script" <<'END'
brctl addbr xenbr0
ip addr add 10.77.0.1/24 dev xenbr0
ip link set xenbr0 up
ip link set lo up
mkdir -p /var/lib/misc /www
: >/var/lib/misc/udhcpd.leases
cat >/etc/udhcpd.conf <<CONF
start 10.77.0.20
end 10.77.0.29
interface xenbr0
option subnet 255.255.255.0
option router 10.77.0.1
option dns 10.77.0.1
option lease 600
CONF
udhcpd -f /etc/udhcpd.conf >/udhcpd.log 2>&1 &
dns 10.77.0.1 files.test 10.77.0.1 >/dns.log &
mv /large /www/large
httpd -f -vv -p 8080 -h /www 2>/httpd.log &
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8>/typed
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        grep -q "$1" /xenconsole.log 2>/dev/null && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
echoes() {
    awk '/^Icmp: [0-9]/ { print $10 }' /proc/net/snmp
}
await 'minios>'
echo "net up" >&8
await '1 cards'
guest=$(sed -n 's/.*address \(10\.77\.0\.2[0-9]\), netmask 255.255.255.0, gateway 10.77.0.1.*/\1/p' /xenconsole.log | head -n 1)
echo "dom0: leased $(grep -c 'sending ACK to' /udhcpd.log) guest at $guest"
ping -c 5 -W 2 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: ping \1/p'
ping -c 3 -W 2 -s 4000 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: fragments \1/p'
awk -v guest="$guest" '$1 == guest { print "dom0: neighbour " $4 }' /proc/net/arp
before=$(echoes)
echo "ping 10.77.0.1 5" >&8
await 'ping: 5 of 5 answered'
echo "dom0: echoed $(($(echoes) - before))"
echo "host files.test" >&8
await 'files.test: 10.77.0.1'
echo "host nowhere.test" >&8
await 'nowhere.test: unknown'
sed 's/^/dom0: /' /dns.log
echo "echod" >&8
await 'echod: listens'
echo "httpd" >&8
await 'httpd: listens'
echo "echo of a line" | nc -w 5 "$guest" 7 | sed 's/^/dom0: /'
timeout 40 wget -q -O - "http://$guest/" | sed 's/^/dom0: page /'
timeout 40 wget -q -O - "http://$guest/nothing" 2>&1 | sed 's/^/dom0: /'
timeout 40 wget -q -O /pattern "http://$guest/pattern/8000000"
md5sum </pattern | sed 's/^/dom0: pattern /'
# In parts that the windows of both ends hold: nc writes without reading meanwhile.
for part in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31; do
    dd if=/www/large bs=128k skip=$part count=1 2>/dev/null | timeout 20 nc -w 10 "$guest" 7 >>/echoed
done
echo "dom0: large $(md5sum </www/large)"
echo "dom0: echoed $(md5sum </echoed)"
echo "fetch files.test 8080 /large" >&8
await 'fetch: 4194304 bytes'
grep -c 'url:/large' /httpd.log | sed 's/^/dom0: fetched /'
echo "net" >&8
sleep 1
for times in 1 2 3; do
    xl network-detach minios 0
    echo "dom0: unplugged $?"
    ping -c 1 -W 1 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: unplugged \1/p'
    xl network-attach minios mac=00:16:3e:00:00:07 bridge=xenbr0 script=vif-bridge
    echo "dom0: plugged $?"
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        ping -c 1 -W 1 "$guest" >/dev/null && break
    done
    ping -c 3 -W 2 "$guest" | sed -n 's/^\(.*packets received\).*/dom0: again \1/p'
done
timeout 40 wget -q -O - "http://$guest/pattern/8000000" | md5sum | sed 's/^/dom0: again pattern /'
echo "net" >&8
echo "threads" >&8
echo "halt" >&8
sleep 3
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
sed 's/^/dom0: udhcpd /' /udhcpd.log
cat /var/log/xen/*.log 2>/dev/null | tail -n 20 | sed 's/^/dom0: log /'
dmesg | grep -iE 'vif|netback' | tail -n 20 | sed 's/^/dom0: dmesg /'
END
    perl -e 'print pack("V*", map { $_ * 2654435761 & 0xffffffff } 1 .. 1 << 20)' >"$WORK/large"
    sum=$(cksum <"$WORK/large" | cut -d ' ' -f 1)
    DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" "$WORK/large" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(perl -e 'print pack("Q<*", 0 .. 999999)' | md5sum | cut -d' ' -f1)
    without_xsave
    MEM=1500 qemu_boot xen 300 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" "dom0_mem=700M loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 200 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'dom0: leased 1 guest at 10\.77\.0\.2[0-9]'
    shows 'dom0: neighbour 00:16:3e:00:00:07'
    shows 'dom0: ping 5 packets transmitted, 5 packets received'
    shows 'dom0: fragments 3 packets transmitted, 3 packets received'
    shows 'dom0: echoed 5$'
    shows 'dom0: dns: 10\.77\.0\.2[0-9] asks for files\.test'
    shows 'dom0: dns: 10\.77\.0\.2[0-9] asks for nowhere\.test'
    shows 'dom0: echo of a line'
    shows 'dom0: page <h1>Mini-OS on libxenguest</h1>'
    shows 'dom0: page <tr><td>0</td><td>10\.77\.0\.2[0-9]</td>'
    shows 'dom0: .*404 Not Found'
    shows "dom0: pattern $expected"
    shows "dom0: again pattern $expected"
    large=$(tr -d '\r' <"$console" | sed -n 's/.*dom0: large \([0-9a-f]*\).*/\1/p')
    shows "dom0: echoed $large"
    shows 'dom0: fetched [1-9]'
    # Frames that the backend was to cut up.
    shows 'domU\|   .*, trains [1-9]'
    shows "domU\| fetch: 4194304 bytes, checksum $sum,"
    for seen_of in 'dom0: unplugged 0' 'dom0: unplugged 1 packets transmitted, 0 packets received' 'dom0: plugged 0' \
        'dom0: again 3 packets transmitted, 3 packets received'; do
        [ "$(tr -d '\r' <"$console" | grep -ac "$seen_of")" -eq 3 ] || fail "not three times: $seen_of"
    done
}

# Two queues, and the control ring by which the frontend says how frames are spread: a backend has as many queues as its domain
# has vCPUs. Frames arrive on both.
test_minios_queues() {
    cat >"$WORK/minios.cfg" <<END
name = "minios"
kernel = "/minios.gz"
memory = 64
vcpus = 1
vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr0,script=vif-bridge' ]
END
    cat >"$WORK/script" <<'END'
brctl addbr xenbr0
ip addr add 10.77.0.1/24 dev xenbr0
ip link set xenbr0 up
xl create /minios.cfg
echo "dom0: created $?"
domid=$(xl domid minios)
mkfifo /typed
xenconsole --interactive "$domid" </typed >/xenconsole.log 2>&1 &
exec 8>/typed
await() {
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "$1" /xenconsole.log 2>/dev/null && return
        sleep 1
    done
    echo "dom0: not seen: $1"
}
await 'minios>'
echo "net up 10.77.0.5 255.255.255.0 10.77.0.1" >&8
await '1 cards'
for node in multi-queue-num-queues queue-1/rx-ring-ref ctrl-ring-ref; do
    echo "dom0: $node $(xenstore read "/local/domain/$domid/device/vif/0/$node")"
done
echo "net hash" >&8
await 'net: hash: error'
echo "httpd" >&8
await 'httpd: listens'
for flow in 1 2 3 4 5 6 7 8 9 10 11 12; do
    timeout 20 wget -q -O - "http://10.77.0.5/pattern/80000" | md5sum | sed 's/^/dom0: pattern /'
done
echo "net" >&8
echo "halt" >&8
sleep 3
tr -d '\r' </xenconsole.log | sed 's/^/domU| /'
END
    DOM0_CARDS=1 sh tests/system/dom0/ramdisk.sh "$WORK/dom0.gz" "$WORK/script" "$WORK/minios.cfg" \
        "$B/ports/minios/minios.gz" || fail "the ramdisk could not be made"
    expected=$(perl -e 'print pack("Q<*", 0 .. 9999)' | md5sum | cut -d' ' -f1)
    without_xsave
    MEM=1500 SMP=2 qemu_boot xen 240 "$B/stock/vmlinuz console=hvc0 loglevel=4,$WORK/dom0.gz" \
        "dom0_mem=700M dom0_max_vcpus=2 loglvl=warning"
    qemu_wait 120 'dom0: ready'
    qemu_wait 40 'dom0: created 0'
    qemu_wait 120 'dom0: done'
    qemu_stop
    shows_not 'dom0: .*(failed|did not load|not seen)'
    shows 'dom0: multi-queue-num-queues 2'
    shows 'dom0: queue-1/rx-ring-ref [1-9]'
    shows 'dom0: ctrl-ring-ref [1-9]'
    shows 'domU\| net: hash: error 0'
    [ "$(tr -d '\r' <"$console" | grep -ac "dom0: pattern $expected")" -eq 12 ] || fail "not every page came whole"
    shows 'domU\|   queue 0: sent [0-9]+, received [1-9]'
    shows 'domU\|   queue 1: sent [0-9]+, received [1-9]'
}
