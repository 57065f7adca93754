/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the start-info page into a checked copy, and looks up words of the command line. */
#include <xenguest/boot.h>
#include "private.h"

/* A copy of at most `size` - 1 bytes that is terminated and holds printable ASCII only. */
static void text_copy(char *to, const char *from, size_t size)
{
    size_t i;

    for (i = 0; i + 1 < size && from[i]; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : ' ';
    to[i] = 0;
}

static bool text_begins(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return false;
    return true;
}

static void read_module(struct xg_boot *boot, const struct start_info *info)
{
    if (!info->mod_len)
        return;
    boot->module_bytes = info->mod_len;
    if (info->flags & SIF_MOD_START_PFN)
        boot->module_pfn = xg_pfn(info->mod_start);
    else
        boot->module_address = info->mod_start;
}

static void read_rings(struct xg_boot *boot, const struct start_info *info)
{
    if (boot->initial_domain) {
        boot->store_mfn = XG_INVALID_MFN;
        boot->console_mfn = XG_INVALID_MFN;
        boot->video_offset = info->console.dom0.info_off;
        boot->video_bytes = info->console.dom0.info_size;
        return;
    }
    boot->store_mfn = xg_mfn(info->store_mfn);
    boot->store_port = info->store_evtchn;
    boot->console_mfn = info->console.domU.mfn ? xg_mfn(info->console.domU.mfn) : XG_INVALID_MFN;
    boot->console_port = info->console.domU.evtchn;
}

int xg_boot_read(struct xg_boot *boot, const void *start_info)
{
    const struct start_info *info = start_info;

    if (!info || !text_begins(info->magic, "xen-3."))
        return -XG_EINVAL;
    xg_bytes_zero(boot, sizeof(*boot));
    text_copy(boot->abi, info->magic, sizeof(boot->abi));
    boot->flags = info->flags;
    boot->privileged = info->flags & SIF_PRIVILEGED;
    boot->initial_domain = info->flags & SIF_INITDOMAIN;
    boot->nr_pages = info->nr_pages;
    boot->shared_info = xg_maddr(info->shared_info);
    boot->page_tables = info->pt_base;
    boot->nr_page_table_frames = info->nr_pt_frames;
    boot->p2m = (const uint64_t *)(uintptr_t)info->mfn_list;
    boot->p2m_first_pfn = xg_pfn(info->first_p2m_pfn);
    boot->nr_p2m_frames = info->nr_p2m_frames;
    read_module(boot, info);
    read_rings(boot, info);
    text_copy(boot->command_line, (const char *)info->cmd_line, sizeof(boot->command_line));
    return 0;
}

/* The value in the word at `word` if its name is `name`: behind the '=', or the end of a bare word. */
static const char *word_value(const char *word, const char *name)
{
    while (*name)
        if (*word++ != *name++)
            return NULL;
    if (*word == '=')
        return word + 1;
    return *word == ' ' || !*word ? word : NULL;
}

const char *xg_boot_option(const struct xg_boot *boot, const char *name, size_t *length)
{
    const char *word = boot->command_line, *found = NULL;
    size_t nr = 0;

    while (*word) {
        const char *value = word_value(word, name);

        while (*word && *word != ' ')
            word++;
        if (value) {
            found = value;
            nr = (size_t)(word - value);
        }
        while (*word == ' ')
            word++;
    }
    if (found && length)
        *length = nr;
    return found;
}
