package org.trackcoordinator.bench;

/**
 * A candidate while another session holds a snapshot that is older than all of its work, as a
 * backup or a forgotten transaction does: nothing that it deletes can be cleaned away.
 */
final class HeldSnapshot implements Candidate {

  private final Candidate candidate;
  private final String name;

  HeldSnapshot(Candidate candidate, String name) {
    this.candidate = candidate;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Bed bed() {
    return candidate.bed();
  }

  @Override
  public Round prepare() throws Exception {
    Sql holder = bed().database().sql();
    holder.execute("begin isolation level repeatable read");
    holder.number("select count(*) from track_coordination.runs");
    Round round = candidate.prepare();
    return new Round() {
      @Override
      public long hops() {
        return round.hops();
      }

      @Override
      public void go() throws Exception {
        round.go();
      }

      @Override
      public void verify(boolean last) throws Exception {
        round.verify(last);
      }

      @Override
      public void close() throws Exception {
        round.close();
        holder.close();
      }
    };
  }
}
