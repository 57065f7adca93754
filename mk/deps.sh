#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Shows which packages of packages.txt are missing and installs them. Arguments: the marks asked for (run, linux, check).
# DEPS=skip installs nothing and fails when something is missing, naming it.

set -eu
list=$(dirname "$0")/../packages.txt
marks="${*:-run check}"

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian: what packages.txt lists has to be there already." >&2
    exit 0
fi

wanted=$(awk -v marks=" $marks " '!/^#/ && NF { if (index(marks, " " $2 " ")) print $1 }' "$list")
# shellcheck disable=SC2086 # one word a package
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | awk '$1 == "ii" { print $2 }' || :)
missing=
for package in $wanted; do
    case "
$installed
" in *"
$package
"*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

echo "Missing packages:$missing"
if [ "${DEPS:-}" = skip ]; then
    echo "DEPS=skip: nothing installed. Type: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

if [ "$(id -u)" = 0 ]; then
    root=
elif command -v sudo >/dev/null 2>&1; then
    root=sudo
else
    echo "They need root to be installed and there is no sudo. Type as root:" >&2
    echo "apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

# shellcheck disable=SC2086
install_missing() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

# shellcheck disable=SC2086
if [ -z "$(apt-cache search --names-only '^qemu-system-x86$' 2>/dev/null)" ]; then
    $root apt-get update -q
    install_missing
else
    install_missing || { $root apt-get update -q && install_missing; }
fi
