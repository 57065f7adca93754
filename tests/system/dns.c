/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS server for a test's Domain 0: knows one name and one address, prints every question. Arguments: the
 * address to listen at, the name, the address it has.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER_BYTES 12
#define PORT         53

/* The name of the question, with dots. Returns the bytes of the question, 0: it is none. */
static size_t parse_question(const unsigned char *at, size_t bytes, char *name)
{
    size_t used = 0;

    while (used < bytes && at[used]) {
        size_t label = at[used];

        if (label > 63 || used + 1 + label >= bytes || used + label >= 250)
            return 0;
        memcpy(name + used, at + used + 1, label);
        name[used + label] = '.';
        used += 1 + label;
    }
    name[used ? used - 1 : 0] = '\0';
    return used + 5 <= bytes ? used + 5 : 0;
}

/* The question is answered in place: flags, the count of answers, the answer behind it. */
static size_t answer(unsigned char *message, size_t question, in_addr_t address, int known)
{
    static const unsigned char record[] = {0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
    size_t end = HEADER_BYTES + question;

    message[2] = 0x84;
    message[3] = known ? 0x80 : 0x83;
    memset(message + 4, 0, 8);
    message[5] = 1;
    message[7] = (unsigned char)known;
    if (!known)
        return end;
    memcpy(message + end, record, sizeof(record));
    memcpy(message + end + sizeof(record), &address, 4);
    return end + sizeof(record) + 4;
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)}, peer;
    unsigned char message[600];
    int file = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 4 || (here.sin_addr.s_addr = inet_addr(argv[1])) == INADDR_NONE ||
        bind(file, (struct sockaddr *)&here, sizeof(here))) {
        perror("dns");
        return 1;
    }
    for (;;) {
        socklen_t length = sizeof(peer);
        ssize_t bytes = recvfrom(file, message, 512, 0, (struct sockaddr *)&peer, &length);
        char name[256];
        size_t question;

        if (bytes <= HEADER_BYTES)
            continue;
        question = parse_question(message + HEADER_BYTES, (size_t)bytes - HEADER_BYTES, name);
        if (!question)
            continue;
        printf("dns: %s asks for %s\n", inet_ntoa(peer.sin_addr), name);
        fflush(stdout);
        sendto(file, message, answer(message, question, inet_addr(argv[3]), !strcmp(name, argv[2])), 0,
               (struct sockaddr *)&peer, length);
    }
}
