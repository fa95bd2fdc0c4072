/**
 * What the sample tracks need beyond YAML: reading a mail, reading an e-invoice, naming files and
 * shaping a freee deal. The routes in {@code routes/tracks/} name these classes as beans.
 */
package org.trackcoordinator.tracks;
