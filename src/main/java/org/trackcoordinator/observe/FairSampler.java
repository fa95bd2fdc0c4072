package org.trackcoordinator.observe;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;

/**
 * Lets a sampler decide by a hash of the trace id. A sampler by ratio takes the second half of an
 * id for a random number; that of a correlation id has two fixed bits in front, so that a ratio
 * below a half would record nothing at all.
 */
final class FairSampler implements Sampler {

  private final Sampler sampler;

  FairSampler(Sampler sampler) {
    this.sampler = sampler;
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    String fair = TraceContext.hash(traceId).substring(0, 32);
    return sampler.shouldSample(parent, fair, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "FairSampler{" + sampler.getDescription() + "}";
  }
}
