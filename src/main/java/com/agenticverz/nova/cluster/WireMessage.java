package com.agenticverz.nova.cluster;

/**
 * A message that crosses the network, as CBOR. Two versions share a cluster during every deploy, so such a record only
 * ever gains components, and whoever reads one ignores what it does not know.
 *
 * <p>A component that is added is absent in the messages of the version before, and then it is {@code false}, {@code 0}
 * or {@code null}: so choose one whose default says what the message meant without it, in the words of the sender. A
 * reference is nullable for ever. An enum gains no constants: who does not know one cannot read the message at all.
 */
public interface WireMessage {}
