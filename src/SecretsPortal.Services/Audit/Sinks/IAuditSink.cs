using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit.Sinks;

/// <summary>Somewhere else that the log is sent to.</summary>
internal interface IAuditSink : IAsyncDisposable
{
    /// <summary>Under which the place that it has reached is stored.</summary>
    string Name { get; }

    /// <summary>Sends them in their order. Whatever it throws, they are sent again later: a sink gets each record at least once.</summary>
    Task Send(IReadOnlyList<ChainedRecord> records, CancellationToken cancel);
}
