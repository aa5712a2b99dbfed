#ifndef VP_LINK_H
#define VP_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the kernel says of a network interface (rtnetlink(7)). */
struct vp_link {
	int index;
	/* The interface that it is a port of; 0: none. */
	int master;
	unsigned int mtu;
	bool up;
	unsigned char address[6];
	/* "bridge", "tun" …; empty for a card. */
	char kind[32];
	/* Of kind "tun": a tap, how it was made, and who may attach to it; -1: nobody but root. */
	bool tap;
	bool persistent;
	bool multi_queue;
	uid_t owner;
	gid_t group;
};

/* Reads an interface by its name; 0 or an errno, ENODEV when there is none. */
int vp_read_link(const char *name, struct vp_link *link);

/* Makes an interface a port of `master` with its MTU (NULL: of none), and sets it up. 0 or an errno. */
int vp_attach_link(const struct vp_link *link, const struct vp_link *master);

/* Removes a virtual interface. 0 or an errno. */
int vp_remove_link(int index);

#endif
