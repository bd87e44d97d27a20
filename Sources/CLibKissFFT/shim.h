#define kiss_fft_scalar float
#include <kiss_fft.h>
#include <kiss_fftr.h>
