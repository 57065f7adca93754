# SPDX-License-Identifier: BSD-2-Clause
# Makes the built-in symbol table out of `nm -n`: functions in order of address, as an offset into the image and a name.
# Read by arch/x86/symbols.c.

BEGIN {
    n = 0 # or the first name is filed under ""
    print ".section .rodata.symbols, \"a\""
    print ".balign 8"
    print ".globl symbol_offsets, symbol_count, symbol_names, symbol_name_offsets"
}
# Local labels of the compilers and marks of the linker script are nobody's function.
$2 ~ /^[tT]$/ && $3 !~ /^(\.L|__)/ && $1 != last {
    last = $1
    names[n] = $3
    offsets[n++] = $1
}
END {
    print "symbol_count: .quad", n + 0
    print "symbol_offsets:"
    for (i = 0; i < n; i++)
        printf "\t.long 0x%s - 0x%s\n", substr(offsets[i], 9), substr(offsets[0], 9)
    print "symbol_name_offsets:"
    at = 0
    for (i = 0; i < n; i++) {
        print "\t.long", at
        at += length(names[i]) + 1
    }
    print "symbol_names:"
    for (i = 0; i < n; i++)
        printf "\t.asciz \"%s\"\n", names[i]
    print ".section .note.GNU-stack, \"\", @progbits"
}
