import loader = require('tccc-loader');

const sdk: Promise<tccc.Global> = loader.load({ url: 'https://cc.example/sdk/tcccSdk.js' });
export = sdk;
