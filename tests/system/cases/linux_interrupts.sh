# SPDX-License-Identifier: BSD-2-Clause
# Interrupts of devices under stock Linux with several vCPUs on a machine with mapped PCI configuration (q35): each device's interrupt is sent
# to every vCPU in turn, through /proc/irq, while the device works; it arrives there, and nothing is lost.

. tests/system/linux/lib.sh

interrupts_script() {
    linux_script <<'END'
modprobe -a ahci sd_mod virtio_pci virtio_blk virtio_scsi virtio_net e1000 e1000e
for second in $(seq 60); do
    [ -b /dev/sda ] && [ -b /dev/sdb ] && [ -b /dev/vda ] && [ -e /sys/class/net/eth2 ] && break
    sleep 1
done
cpus=$(grep -c ^processor /proc/cpuinfo)
irqs() { # PATTERN
    sed -n "/$1/s/^ *\([0-9]*\):.*/\1/p" /proc/interrupts
}
count() { # IRQ CPU
    awk -v irq="$1:" -v cpu="$2" '$1 == irq { print $(2 + cpu) }' /proc/interrupts
}
# PATTERN COMMAND: PATTERN's interrupts, one after the other at each vCPU, which sees more of them then.
at_each() {
    pattern=$1 work=$2
    for irq in $(irqs "$pattern"); do
        seen=
        for cpu in $(seq 0 $((cpus - 1))); do
            echo "$cpu" >"/proc/irq/$irq/smp_affinity_list" || echo "linux: FAILED: interrupt $irq does not go to $cpu"
            before=$(count "$irq" "$cpu")
            $work || echo "linux: FAILED: $work"
            [ "$(count "$irq" "$cpu")" -gt "$before" ] && seen="$seen $cpu"
        done
        echo "linux: $pattern at$seen"
    done
}
# A disk's queue is asked from the vCPU that it belongs to.
at_each_queue() { # NAME
    for queue in "/sys/block/$disk"/mq/*; do
        asker=$(sed 's/,.*//' "$queue/cpu_list")
        at_each "$1${queue##*/}\$" from_disk
    done
    asker=0
}
from_disk() {
    echo 3 >/proc/sys/vm/drop_caches
    [ -b "/dev/$disk" ] && [ "$(taskset -c "$asker" dd if="/dev/$disk" bs=64k count=16 2>/dev/null | sha1sum)" = "$(sha1sum </sum)" ]
}
ping_it() {
    ping -c 1 -s 1400 -W 5 "$net.2" 2>/dev/null | grep -q " 1 packets received"
}
dd if=/dev/urandom of=/sum bs=64k count=16 2>/dev/null
for disk in sda sdb vda; do
    # Without the disk this would make a file.
    [ -b "/dev/$disk" ] || echo "linux: FAILED: no $disk"
    dd if=/sum of=/dev/$disk bs=64k conv=fsync 2>/dev/null
done
asker=0 disk=sda
at_each 'ahci' from_disk
disk=vda
at_each_queue 'virtio[0-9]*-req\.'
for disk in sda sdb; do
    from_disk && echo "linux: $disk is right"
done
for card in /sys/class/net/eth*; do
    name=${card##*/}
    driver=$(basename "$(readlink "$card/device/driver")")
    case $driver in virtio_net) net=10.0.2 ;; e1000) net=10.0.3 ;; *) net=10.0.4 ;; esac
    ifconfig "$name" "$net.15" netmask 255.255.255.0 up
    for second in $(seq 60); do
        [ "$(cat "$card/carrier")" = 1 ] && break
        sleep 1
    done
    case $driver in virtio_net) at_each 'virtio[0-9]*-input' ping_it ;; e1000) at_each "$name\$" ping_it ;; *) at_each "$name-[rt]x" ping_it ;; esac
    echo "linux: $driver done"
done
sed 's/^/linux: /' /proc/interrupts | grep -E 'pirq|ERR|MIS'
END
}

interrupts() { # HV CPUS VCPUS [OPTION]
    interrupts_script
    truncate -s 8M "$WORK/first" "$WORK/second" "$WORK/third"
    SMP=$2 linux_boot "$1" 300 '' "dom0_mem=384M dom0_max_vcpus=$3 ${4-}" -machine q35 \
        -drive "if=none,id=first,format=raw,file=$WORK/first" -device ide-hd,drive=first \
        -drive "if=none,id=second,format=raw,file=$WORK/second" -device virtio-scsi-pci -device scsi-hd,drive=second \
        -drive "if=virtio,format=raw,file=$WORK/third" \
        -nic none -netdev user,id=a -device virtio-net-pci,netdev=a -netdev user,id=b,net=10.0.3.0/24 -device e1000,netdev=b \
        -netdev user,id=c,net=10.0.4.0/24 -device e1000e,netdev=c
    linux_ends 280
    linux_is_sound
    shows 'linux: sda is right'
    shows 'linux: sdb is right'
    all=$(seq -s ' ' 0 $(($3 - 1)))
    shows "linux: ahci at $all\$"
    shows "linux: virtio.*-req.* at $all\$"
    ! tr -d '\r' <"$console" | grep -a '^linux: virtio.*-req.* at' | grep -qv " at $all\$" ||
        fail "an interrupt of virtio's disk did not come to each vCPU"
    shows "linux: virtio.*-input at $all"
    shows "linux: eth.* at $all"
    for driver in virtio_net e1000 e1000e; do
        shows "linux: $driver done"
    done
}

full_two_cpus_on_xen() {
    interrupts xen 2 2
}

full_one_cpu_on_xenport() {
    interrupts xenport 1 1
}

test_two_cpus_on_xenport() {
    interrupts xenport 2 2
}

full_four_vcpus_on_two_cpus_on_xenport() {
    interrupts xenport 2 4
}

# Credit has a queue for each CPU. The lock of credit2's one queue goes from CPU to CPU in turn, and on a busy host with fewer
# processors than CPUs each turn waits until just that CPU runs: minutes in place of one.
full_four_cpus_on_xenport() {
    interrupts xenport 4 4 sched=credit
}
