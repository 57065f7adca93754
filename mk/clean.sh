#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Removes what was built from $B, except what was fetched (stock/, lwip/) or takes minutes and depends on the toolchain only (newlib/).

set -eu
[ -d "$B" ] || exit 0
for entry in "$B"/* "$B"/.[!.]*; do
    case "${entry##*/}" in
    stock | lwip | newlib) ;;
    *) rm -rf "$entry" ;;
    esac
done
