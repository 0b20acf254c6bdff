package com.agenticverz.nova.cluster;

/**
 * A message that crosses the network, as CBOR. Two versions share a cluster during every deploy, so such a record only
 * ever gains components, and whoever reads one ignores what it does not know.
 */
public interface WireMessage {}
