# SPDX-License-Identifier: BSD-2-Clause
# What the benches share, sourced by each run.sh with $B and $work set: which hypervisor, counting by a plugin of QEMU's, the page.

# Sets $image and $options (with a blank before them). Stock Xen runs without mitigations, as Xenport has none.
hypervisor() { # xenport|xen
    case $1 in
    xenport) image=$B/xen/xenport options= ;;
    xen) image=$B/stock/xen options=' spec-ctrl=no xpti=no pv-l1tf=no' ;;
    esac
}

# QEMU's arguments that make it count by a plugin and log; none where it has no plugins. The log's name follows.
counting() { # PLUGIN ARG…
    plugin=$B/tests/bench/$1
    shift
    if echo quit | timeout 10 qemu-system-x86_64 -M none -display none -plugin "$plugin" -monitor stdio >/dev/null 2>&1; then
        echo "-plugin $plugin -d plugin${1:+ $*} -D"
    fi
}

# Puts the section that an awk script makes of $work/NAME.table into index.html, where tests/bench/run.sh has made that: in place of
# what begins at the line <!-- MARK -->, to the end.
section() { # NAME MARK SCRIPT
    [ -e "$work/index.html" ] || return 0
    awk -f "$3" "$work/$1.table" >"$work/$1.section"
    awk -v section="$work/$1.section" -v mark="<!-- $2 -->" '
        $0 == mark || /^<\/body>/ { exit }
        { print }
        END { while ((getline line < section) > 0) print line; print "</body>\n</html>" }' "$work/index.html" >"$work/index.part"
    mv "$work/index.part" "$work/index.html"
}
