#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks that whatever the items name exists: ABI names by the compiler against the Xen headers, calls against libxenguest's
# headers, tests against the tree. Ends with N passed, N failed: one for each item, and for each chapter that has none. Arguments:
# a folder for what it makes, then the compiler and its flags.

set -u
work=$1
shift
mkdir -p "$work"
chapters='domain-builder boot-environment console virtual-idt page-tables events-and-time drivers'

give_up() { # SENTENCE
    echo "FAIL cheatsheet: $1"
    echo "0 passed, 1 failed"
    exit 1
}

awk -f parse.awk items/*.item >"$work/fields" || give_up "the items are not in their format"

{
    for header in ../libxenguest/include/xenguest/*.h; do
        case $header in */abi.h) ;; *) echo "#include <xenguest/$(basename "$header")>" ;; esac
    done
    cat <<'END'
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/io/9pfs.h>
#include <xen/io/blkif.h>
#include <xen/io/console.h>
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>
#include <xen/io/netif.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
END
} >"$work/headers.c"
"$@" -fsyntax-only "$work/headers.c" || give_up "the compiler does not run, or the headers do not compile"

# The compiler says in which line of the items a name stands that it does not know.
{
    cat "$work/headers.c"
    awk -F '\t' '
        $5 == "abi" || $5 == "call" {
            n = split($6, names, " ")
            for (i = 1; i <= n; i++) {
                name = names[i]
                if (name == "-")
                    continue
                printf "\n#ifndef %s\n", name ~ /\./ ? "-" : name
                printf "#line %d \"%s\"\n", $2, $1
                if (name ~ /\./) {
                    split(name, part, ".")
                    printf "_Static_assert(sizeof(((struct %s *)0)->%s), \"\");\n", part[1], part[2]
                } else if ($5 == "abi" && name ~ /^[a-z0-9_]+$/ && name !~ /^__/)
                    printf "_Static_assert(sizeof(struct %s), \"\");\n", name
                else
                    printf "_Static_assert(sizeof(%s%s), \"\");\n", $5 == "call" ? "&" : "", name
                print "#endif"
            }
        }' "$work/fields" | sed 's/^#ifndef -$/#if 1/'
} >"$work/names.c"
compiled=yes
"$@" -fsyntax-only -fno-show-column -fdiagnostics-color=never "$work/names.c" >"$work/errors" 2>&1 || compiled=no
grep -v 'expression in static assertion' "$work/errors" |
    sed -n 's/^\([^ ]*\.item:[0-9]*\):.*error: /\1: /p' | sort -u >"$work/unknown"
[ $compiled = yes ] || [ -s "$work/unknown" ] || give_up "the compiler fails at none of the names: $(head -n 1 "$work/errors")"

awk -F '\t' '$5 == "tests" { n = split($6, names, " "); for (i = 1; i <= n; i++) print $1 ":" $2, names[i] }' "$work/fields" |
    while read -r where name; do
        case $name in
        system:*)
            suite=${name#system:}
            grep -q "^test_${suite#*.}() {" "../tests/system/cases/${suite%%.*}.sh" 2>/dev/null
            ;;
        *) [ -f "../tests/guest/$name/main.c" ] ;;
        esac || echo "$where: no such test: $name"
    done >>"$work/unknown"
cat "$work/unknown"

# An item fails once, whatever of it is wrong.
awk -F '\t' -v chapters="$chapters" '
    FILENAME == ARGV[1] { split($0, part, ":"); wrong[part[1] ":" part[2]] = 1; next }
    $4 != "-" { has[$3] = 1; items[$3 "." $4] = 1; if (($1 ":" $2) in wrong) failed[$3 "." $4] = 1 }
    END {
        for (item in items) { if (item in failed) { f++; print "FAIL cheatsheet/" item } else p++ }
        n = split(chapters, list, " ")
        for (i = 1; i <= n; i++)
            if (!(list[i] in has)) { f++; print "FAIL cheatsheet/" list[i] ": no items" }
        printf "%d passed, %d failed\n", p, f
        exit f > 0 || !p
    }' "$work/unknown" "$work/fields"
