#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Are the documents' links good? Every relative link, every file of the tree that a page names in backquotes, and each page of docs in
# its index. Prints the bad ones, and a closing line in the words that mk/check.sh counts.

set -u
cd "$(dirname "$0")/.." || exit 2

# Lines "page target": links without a scheme, less what follows '#', and names that begin with a folder of the tree.
targets() {
    find README.md docs cheatsheet libxenguest ports tests xen -name '*.md' | LC_ALL=C sort | xargs awk '
        function all(pattern, skip, s, t) {
            for (s = $0; match(s, pattern); s = substr(s, RSTART + RLENGTH)) {
                t = substr(s, RSTART + skip, RLENGTH - skip - 1)
                sub(/#.*/, "", t)
                if (t != "" && t !~ /^[a-z]+:/) print FILENAME, (skip == 1 ? "/" : "") t
            }
        }
        FNR == 1 { code = 0 }
        /^ *```/ { code = !code }
        !code {
            all("\\]\\([^) ]+\\)", 2)
            all("`(xen/(common|lib|arch|include)|libxenguest|ports|tests|docs|mk|cheatsheet)/[A-Za-z0-9_./-]+[.](c|h|S|sh|md|py|lds|mk)`", 1)
        }'
}

bad=$(
    targets | while read -r page target; do
        case $target in
        /*) file=${target#/} ;;
        *) file=$(dirname "$page")/$target ;;
        esac
        [ -e "$file" ] || echo "$page: there is no $target"
    done
    for page in docs/*.md docs/decisions/*.md; do
        [ "$page" = docs/README.md ] || grep -qF "](${page#docs/})" docs/README.md || echo "docs/README.md: does not name ${page#docs/}"
    done
)

[ -z "$bad" ] || printf '%s\n' "$bad"
[ -z "$bad" ] && echo "1 passed, 0 failed" && exit
echo "0 passed, 1 failed"
exit 1
