/* A net as WebAssembly. With clang and lld:

       fastnet train --out digits.npz
       fastnet export c digits.npz --out digits.h
       clang --target=wasm32 -O2 -ffreestanding -nostdlib -Wl,--no-entry digits.c -o digits.wasm
       python3 -m http.server

   Then http://localhost:8000 lets you draw a digit. */

#include "digits.h"

#define EXPORT(name) __attribute__((export_name(name)))

static uint8_t pixels[digits_n_inputs];
static float probabilities[digits_n_outputs];

EXPORT("pixels") uint8_t *where_pixels_are(void) { return pixels; }

EXPORT("probabilities") float *where_probabilities_are(void) { return probabilities; }

/* Read the pixels, write the probabilities. */
EXPORT("run") void run(void) { digits_probabilities(pixels, probabilities); }
