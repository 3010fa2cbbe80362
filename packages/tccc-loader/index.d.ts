/// <reference path="./tccc.d.ts" />

export interface LoadOptions {
  /** The SDK's address for an agent, as CreateSDKLoginToken gives it. */
  url?: string;
  /** Another name of `url`. One of the two is required. */
  sdkURL?: string;
  /** Wait until the agent is logged in. Default: until the object is there. */
  ready?: boolean;
  /** Milliseconds until that is given up. Default 30000. */
  timeout?: number;
  /** Of the page's Content-Security-Policy. */
  nonce?: string;
  /** False keeps the workbench closed after the log-in. */
  workbench?: boolean;
  /** Id of the element that the workbench is drawn into. */
  renderDomId?: string;
}

/** What load is rejected with: as the SDK's own errors. */
export interface LoadError extends Error {
  status: 'error';
  errorMsg: string;
  code: tccc.ErrorCode;
  recoverable: boolean;
}

/**
 * Puts the SDK's script into the page and is fulfilled with the object when it
 * is there, or, with `ready`, when the agent is logged in. Listeners that are
 * added as soon as it is fulfilled miss no event. An SDK that this function
 * loaded before is unloaded first. Rejected with a LoadError.
 */
export declare function load(options: LoadOptions): Promise<tccc.Global>;

/** Takes the SDK that load has loaded out of the page: the agent is logged out, microphone and connections are let go. */
export declare function unload(): void;
