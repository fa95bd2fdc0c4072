package org.trackcoordinator.doors;

import java.time.Duration;

/**
 * What the connections of a server may take.
 *
 * @param connections how many may be open at once
 * @param requestTime how long the head and the body of a request may take to come
 * @param silence how long a connection may do nothing between requests
 */
public record ConnectionLimits(int connections, Duration requestTime, Duration silence) {}
