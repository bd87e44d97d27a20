/* Not by pkg-config: its -D flags are not allowed in a package, and every build would say so. */
#define kiss_fft_scalar float
#include <kissfft/kiss_fft.h>
#include <kissfft/kiss_fftr.h>
