# SPDX-License-Identifier: BSD-2-Clause
# The tree as its users build it: other compilers, and libxenguest installed for a kernel of one's own.

# A build of everything into a folder of its own, with the C library that is there already: it depends on gcc alone.
build_with() { # FOLDER VARIABLE=VALUE…
    out=$1
    shift
    mkdir -p "$out"
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CC -u CROSS_COMPILE make --no-print-directory -C "$TOP" DEPS=skip "$@" B="$out" \
        NEWLIB_BUILD="$B/newlib" NEWLIB_CC=gcc all >"$console" 2>&1 </dev/null || fail "the build failed"
    ! grep -qi 'warning' "$console" || fail "the build warns"
    [ -s "$out/xen/xenport" ] && [ -s "$out/ports/minios/minios.gz" ] || fail "a result is missing"
}

boots_to_the_prompt() { # FOLDER
    B=$1 qemu_boot xenport 60 "$1/ports/minios/minios.gz run=smp;trap;reboot"
    qemu_wait 40 'pagefault: survived'
    qemu_end 15
    no_triple_fault
}

test_clang() {
    build_with "$WORK/build" CC=clang
    for folder in tests/guest tests/bench; do
        env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -C $folder CC=clang B="$WORK/build" all >"$console" 2>&1 ||
            fail "$folder does not build"
        ! grep -qi warning "$console" || fail "the build of $folder warns"
    done
    boots_to_the_prompt "$WORK/build"
}

test_cross_compile() {
    build_with "$WORK/build" CROSS_COMPILE=x86_64-linux-gnu-
    boots_to_the_prompt "$WORK/build"
}

# What `make install` puts down is enough: a kernel outside the tree, built with what pkg-config says, boots on both.
test_install() {
    root=$WORK/root
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -C "$TOP" DEPS=skip B="$B" install PREFIX=/usr \
        DESTDIR="$root" >"$console" 2>&1 || fail "make install failed"
    mkdir "$WORK/kernel"
    cp ports/skeleton/skeleton.c "$WORK/kernel/kernel.c"
    export PKG_CONFIG_PATH="$root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
    script=$root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=linkerscript xenguest)
    # shellcheck disable=SC2046 # words
    (cd "$WORK/kernel" &&
        gcc -ffreestanding -O2 -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fcf-protection=none \
            -fno-stack-protector -fno-asynchronous-unwind-tables $(pkg-config --cflags xenguest) -c kernel.c &&
        ld -nostdlib -static -z noexecstack --gc-sections -T "$script" -o kernel kernel.o $(pkg-config --libs xenguest)) \
        >"$console" 2>&1 || fail "the kernel cannot be built from what was installed"
    for hv in xenport xen; do
        qemu_boot $hv 60 "$WORK/kernel/kernel reboot"
        qemu_wait 40 'skeleton: the end, by reboot'
        qemu_end 15
    done
}

# Wherever the tree lies, it names nothing outside itself.
test_nothing_outside_the_tree() {
    parts="Makefile config.mk packages.txt mk xen libxenguest ports tests cheatsheet docs README.md .ci"
    # shellcheck disable=SC2086 # words
    ! grep -rnE "\.\./shared|/work/" $parts | grep -v tests/system/cases/build.sh >"$console" ||
        fail "names of things outside the tree"
}

# Every page of the documentation is in its index, and every link between pages leads somewhere.
test_documentation_links() {
    for page in docs/*.md docs/decisions/*.md; do
        [ "$page" = docs/README.md ] || grep -qF "(${page#docs/})" docs/README.md || echo "$page is not in docs/README.md"
    done >"$console"
    grep -noE '\]\([^)#]+' README.md docs/*.md docs/decisions/*.md cheatsheet/README.md | grep -v '](https*:' |
        while IFS=: read -r page line link; do
            [ -e "$(dirname "$page")/${link#](}" ] || echo "$page:$line: leads nowhere: ${link#](}"
        done >>"$console"
    [ ! -s "$console" ] || fail "pages that cannot be reached, or links that lead nowhere"
}
