package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * One immutable version of a workflow, made by {@link WorkflowFiles}.
 *
 * <p>Two definitions are equal if their hashes are. The hash says what the workflow means, not how
 * it is written: YAML or JSON, the order of keys, tracks and dependencies, defaults written out or
 * not, and the spelling of durations make no difference; descriptions do.
 *
 * @param workflow the name
 * @param description for people; null if there is none
 * @param hash SHA-256 of {@code canonicalJson} in UTF-8, 64 hexadecimal digits in lower case
 * @param canonicalJson a workflow file of the same meaning, keys sorted, without white space;
 *     reading it gives an equal definition
 * @param deadline for the whole run; null = no limit
 * @param on handlers to activate when a run ends, by its state ({@code failed} …), sorted
 * @param tracks in topological order: by level, then by id, so that the order follows from the hash
 * @param source the file that it was read from
 * @param settings the optional settings that the file writes, in its order
 */
public record Definition(
    String workflow,
    String description,
    String hash,
    String canonicalJson,
    Duration deadline,
    Map<String, String> on,
    List<Track> tracks,
    String source,
    List<Setting> settings) {

  /** Copies the collections. */
  public Definition {
    on = Collections.unmodifiableMap(new TreeMap<>(on));
    tracks = List.copyOf(tracks);
    settings = List.copyOf(settings);
  }

  static Definition of(
      String workflow,
      String description,
      Duration deadline,
      Map<String, String> on,
      List<Track> tracks,
      String source,
      List<Setting> settings) {
    String json = CanonicalJson.of(workflow, description, deadline, on, tracks);
    String hash = CanonicalJson.sha256(json);
    return new Definition(
        workflow, description, hash, json, deadline, on, tracks, source, settings);
  }

  /**
   * The same workflow for other workers: every handler renamed, and with it every circuit and the
   * handlers of {@code on}. It has a hash of its own.
   *
   * @param rename gives different names for different names
   */
  public Definition withHandlers(UnaryOperator<String> rename) {
    Map<String, String> renamedOn = new TreeMap<>(on);
    renamedOn.replaceAll((state, handler) -> rename.apply(handler));
    List<Track> renamed =
        tracks.stream()
            .map(
                track ->
                    track.with(
                        rename.apply(track.handler()),
                        rename.apply(track.circuit()),
                        track.policy()))
            .toList();
    return of(workflow, description, deadline, renamedOn, renamed, source, settings);
  }

  /** The same workflow for workers that may do as much as they can. It has a hash of its own. */
  public Definition withoutLimits() {
    return withPolicies(Policy::withoutLimits);
  }

  /**
   * The same workflow without conditions, for where inputs mean nothing. One that has some gets a
   * hash of its own.
   */
  public Definition unconditional() {
    return withPolicies(Policy::withoutWhen);
  }

  private Definition withPolicies(UnaryOperator<Policy> change) {
    List<Track> changed =
        tracks.stream()
            .map(
                track -> track.with(track.handler(), track.circuit(), change.apply(track.policy())))
            .toList();
    return of(workflow, description, deadline, on, changed, source, settings);
  }

  /** The id under which the handler for runs that end in this state is found in a run. */
  public static String atRunEnd(String state) {
    return "on." + state;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Definition definition && definition.hash.equals(hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  /** Name, short hash and size: {@code invoice-intake 3f2a91c0 (4 tracks)}. */
  @Override
  public String toString() {
    return workflow + " " + hash.substring(0, 8) + " (" + tracks.size() + " tracks)";
  }
}
