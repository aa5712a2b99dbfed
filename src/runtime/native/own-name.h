#ifndef VP_OWN_NAME_H
#define VP_OWN_NAME_H

/*
 * Makes room for a socket or a link that QEMU will make at `path`, whose
 * directory is open: what its user left there, and nobody serves any more,
 * is removed. 0, or an errno: EADDRINUSE for what is served, EEXIST for all else.
 */
int vp_free_name(int directory, const char *path);

#endif
