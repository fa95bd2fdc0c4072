package org.trackcoordinator.bench;

/** One way to do the work of a scenario. */
interface Candidate {

  /** Its row in the table. */
  String name();

  /** What it is measured on. */
  Bed bed();

  /** Makes one round ready on an empty database: all that is to be done is enqueued. */
  Round prepare() throws Exception;

  /** The work of one round. */
  interface Round extends AutoCloseable {

    /** How many hops it is. */
    long hops();

    /** Does it; what is measured. Returns when all is committed. */
    void go() throws Exception;

    /**
     * Looks at what came of it.
     *
     * @param last of the scenario's rounds, for what takes long
     * @throws IllegalStateException if it is wrong
     */
    void verify(boolean last) throws Exception;
  }
}
