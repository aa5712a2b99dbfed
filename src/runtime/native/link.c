#include "link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An answer about one interface is a few kilobytes; statistics and its driver's words are in it. */
#define ANSWER_SIZE 32768

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
	char attributes[256];
};

static void prepare(struct request *request, unsigned short type, int index)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_LENGTH(sizeof(request->link));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->link.ifi_family = AF_UNSPEC;
	request->link.ifi_index = index;
}

/* The callers' values are a name and numbers: all of them fit. */
static void add(struct request *request, unsigned short type, const void *value, unsigned short size)
{
	struct rtattr *attribute =
		(struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), value, size);
	request->header.nlmsg_len =
		NLMSG_ALIGN(request->header.nlmsg_len) + (unsigned int)RTA_ALIGN(attribute->rta_len);
}

static int exchange(int socket, struct request *request, char *answer, ssize_t *size)
{
	if (send(socket, request, request->header.nlmsg_len, 0) < 0)
		return errno;
	do
		*size = recv(socket, answer, ANSWER_SIZE, MSG_TRUNC);
	while (*size < 0 && errno == EINTR);
	if (*size < 0)
		return errno;
	return *size <= ANSWER_SIZE ? 0 : EMSGSIZE;
}

/* Sends one request; the answer is a message about the interface, or nothing but an errno. */
static int ask(struct request *request, char *answer, ssize_t *size)
{
	struct nlmsghdr *header = (struct nlmsghdr *)answer;
	int socket_descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error;

	if (socket_descriptor < 0)
		return errno;
	error = exchange(socket_descriptor, request, answer, size);
	close(socket_descriptor);
	if (error != 0)
		return error;
	if (*size < (ssize_t)sizeof(*header) || header->nlmsg_len > (size_t)*size)
		return EBADMSG;
	if (header->nlmsg_type != NLMSG_ERROR)
		return 0;
	*size = 0;
	return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

/* Calls `read` for each attribute of a row that the kernel has written. */
static void each_attribute(const char *row, size_t size, struct vp_link *link,
			   void (*read)(const struct rtattr *attribute, struct vp_link *link))
{
	size_t at = 0;

	while (size - at >= sizeof(struct rtattr)) {
		const struct rtattr *attribute = (const struct rtattr *)(const void *)(row + at);

		if (attribute->rta_len < sizeof(*attribute) || attribute->rta_len > size - at)
			return;
		read(attribute, link);
		at += RTA_ALIGN(attribute->rta_len);
		if (at > size)
			return;
	}
}

static uint32_t number_in(const struct rtattr *attribute)
{
	uint32_t number = 0;
	size_t size = RTA_PAYLOAD(attribute);

	/* Little machines and big ones: a byte alone is read as one. */
	if (size == 1)
		return *(const uint8_t *)RTA_DATA(attribute);
	memcpy(&number, RTA_DATA(attribute), size < sizeof(number) ? size : sizeof(number));
	return number;
}

static void read_tun(const struct rtattr *attribute, struct vp_link *link)
{
	uint32_t number = number_in(attribute);

	if (attribute->rta_type == IFLA_TUN_OWNER)
		link->owner = number;
	else if (attribute->rta_type == IFLA_TUN_GROUP)
		link->group = number;
	else if (attribute->rta_type == IFLA_TUN_TYPE)
		link->tap = number == IFF_TAP;
	else if (attribute->rta_type == IFLA_TUN_PERSIST)
		link->persistent = number != 0;
	else if (attribute->rta_type == IFLA_TUN_MULTI_QUEUE)
		link->multi_queue = number != 0;
}

static void read_information(const struct rtattr *attribute, struct vp_link *link)
{
	size_t size = RTA_PAYLOAD(attribute);

	if (attribute->rta_type == IFLA_INFO_KIND && size < sizeof(link->kind))
		memcpy(link->kind, RTA_DATA(attribute), size);
	else if (attribute->rta_type == IFLA_INFO_DATA && strcmp(link->kind, "tun") == 0)
		each_attribute(RTA_DATA(attribute), size, link, read_tun);
}

static void read_attribute(const struct rtattr *attribute, struct vp_link *link)
{
	if (attribute->rta_type == IFLA_MTU)
		link->mtu = number_in(attribute);
	else if (attribute->rta_type == IFLA_MASTER)
		link->master = (int)number_in(attribute);
	else if (attribute->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(attribute) == sizeof(link->address))
		memcpy(link->address, RTA_DATA(attribute), sizeof(link->address));
	else if (attribute->rta_type == IFLA_LINKINFO)
		each_attribute(RTA_DATA(attribute), RTA_PAYLOAD(attribute), link, read_information);
}

int vp_read_link(const char *name, struct vp_link *link)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	struct nlmsghdr *header = (struct nlmsghdr *)answer;
	struct ifinfomsg *facts = NLMSG_DATA(header);
	struct request request;
	ssize_t size;
	int error;

	if (strlen(name) >= IFNAMSIZ)
		return ENODEV;
	prepare(&request, RTM_GETLINK, 0);
	add(&request, IFLA_IFNAME, name, (unsigned short)(strlen(name) + 1));
	error = ask(&request, answer, &size);
	if (error != 0)
		return error;
	if (header->nlmsg_type != RTM_NEWLINK || header->nlmsg_len < NLMSG_SPACE(sizeof(*facts)))
		return EBADMSG;
	*link = (struct vp_link){ .index = facts->ifi_index, .up = (facts->ifi_flags & IFF_UP) != 0,
				  .owner = (uid_t)-1, .group = (gid_t)-1 };
	each_attribute(answer + NLMSG_SPACE(sizeof(*facts)),
		       header->nlmsg_len - NLMSG_SPACE(sizeof(*facts)), link, read_attribute);
	return 0;
}

int vp_attach_link(const struct vp_link *link, const struct vp_link *master)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	unsigned char address[sizeof(link->address)];
	struct request request;
	ssize_t size;

	prepare(&request, RTM_NEWLINK, link->index);
	if (master != NULL) {
		/* A bridge takes the lowest address of its ports for its own: this one must not be it. */
		memcpy(address, link->address, sizeof(address));
		address[0] = 0xfe;
		add(&request, IFLA_ADDRESS, address, sizeof(address));
		add(&request, IFLA_MTU, &master->mtu, sizeof(master->mtu));
		add(&request, IFLA_MASTER, &master->index, sizeof(master->index));
	}
	request.link.ifi_flags = IFF_UP;
	request.link.ifi_change = IFF_UP;
	return ask(&request, answer, &size);
}

int vp_remove_link(int index)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	struct request request;
	ssize_t size;

	prepare(&request, RTM_DELLINK, index);
	return ask(&request, answer, &size);
}
