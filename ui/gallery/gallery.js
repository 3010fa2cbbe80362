'use strict';
const go = new Go();
WebAssembly.instantiateStreaming(fetch('gallery.wasm'), go.importObject).then(({ instance }) => go.run(instance));
