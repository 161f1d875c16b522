// An Arduino Uno reads a handwritten digit: 28 x 28 pixels come over the serial line, the label goes
// back. The net lies in flash; RAM holds one image. Make digits.h beside this file:
//
//     fastnet train --hidden 16,16 --out digits.npz
//     fastnet export c digits.npz --weights int8 --out digits.h

#include "digits.h"

static uint8_t pixels[digits_n_inputs];

void setup() {
  Serial.begin(115200);
}

void loop() {
  if (Serial.readBytes(pixels, sizeof pixels) == sizeof pixels)
    Serial.println(digits_labels[digits_predict(pixels)]);
}
