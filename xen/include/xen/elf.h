/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF64 file format, as far as a loader needs it (System V ABI, chapters 4 and 5). */
#ifndef XEN_ELF_H
#define XEN_ELF_H

#include <xen/types.h>

#define ELF_MAGIC       0x464c457fu /* "\x7f" "ELF", little endian */
#define ELF_CLASS32     1
#define ELF_CLASS64     2
#define ELF_DATA_LITTLE 1
#define ELF_TYPE_EXEC   2
#define ELF_MACHINE_386 3
#define ELF_MACHINE_X86_64 62
#define ELF_PT_LOAD     1
#define ELF_PT_NOTE     4
#define ELF_SHT_SYMTAB  2
#define ELF_SHT_STRTAB  3
#define ELF_SHT_NOTE    7
#define ELF_SHT_NOBITS  8

struct elf64_header {
    uint32_t magic;
    uint8_t class, data, ident_version, os_abi, abi_version, pad[7];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf64_section_header {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

struct elf64_symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};
#define ELF_SYMBOL_TYPE(info)  ((info)&15)
#define ELF_STT_NOTYPE         0
#define ELF_STT_FUNC           2
#define ELF_SHN_UNDEF          0
#define ELF_SHN_LORESERVE      0xff00

struct elf64_note_header {
    uint32_t name_size, desc_size, type;
};

BUILD_BUG_ON(sizeof(struct elf64_header) != 64);
BUILD_BUG_ON(sizeof(struct elf64_program_header) != 56);
BUILD_BUG_ON(sizeof(struct elf64_section_header) != 64);
BUILD_BUG_ON(sizeof(struct elf64_symbol) != 24);

#endif
