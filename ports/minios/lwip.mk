# SPDX-License-Identifier: BSD-2-Clause
# lwIP for Mini-OS: the upstream tarball of Debian's source package, fetched once and unpacked unpatched. docs/lwip.md says
# what is used of it. LWIP_SOURCE=FILE takes a tarball that is there already.

LWIP_VERSION := 2.1.3+dfsg1
LWIP_SHA256 := 0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24
LWIP_BUILD ?= $(B)/lwip
LWIP_SOURCE ?=
LWIP_STAMP := $(LWIP_BUILD)/stamp-$(LWIP_VERSION)
LWIP := $(LWIP_BUILD)/source/src

LWIP_SOURCES := $(addprefix core/,def.c dns.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c raw.c stats.c sys.c tcp.c \
	tcp_in.c tcp_out.c timeouts.c udp.c) \
	$(addprefix core/ipv4/,dhcp.c etharp.c icmp.c ip4.c ip4_addr.c ip4_frag.c) \
	$(addprefix api/,api_lib.c api_msg.c err.c netbuf.c netdb.c sockets.c tcpip.c) netif/ethernet.c
LWIP_INCLUDES := -isystem $(LWIP)/include -isystem net/include

# Under a lock, because two builds may share one LWIP_BUILD; the second one then finds the stamp.
$(LWIP_STAMP):
	$(call say,LWIP,$(LWIP_BUILD))
	$(Q)mkdir -p $(LWIP_BUILD)
	$(Q)flock $(LWIP_BUILD)/lock sh $(TOP)/ports/minios/tools/fetch-lwip '$@' '$(LWIP_BUILD)' '$(LWIP_VERSION)' '$(LWIP_SHA256)' \
		'$(LWIP_SOURCE)'
