#include <libusb.h>

/* libusb_set_option is variadic, which Swift cannot call. Contexts made after this do not look for devices: we open
 * the node ourselves, so that a context costs no scan of the bus and needs no permission but for its own device. */
static inline int cu_usb_without_discovery(void) { return libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY); }
