using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>Signs where the log ends, and gives what was signed to be kept elsewhere.</summary>
public sealed class AuditCheckpoints
{
    private readonly AuditChainStore _chain;
    private readonly AuditSigner _signer;
    private readonly AuditRecorder _recorder;
    private readonly Authorizer _authorizer;
    private readonly TimeProvider _clock;

    internal AuditCheckpoints(AuditChainStore chain, AuditSigner signer, AuditRecorder recorder, Authorizer authorizer, TimeProvider clock)
    {
        _chain = chain;
        _signer = signer;
        _recorder = recorder;
        _authorizer = authorizer;
        _clock = clock;
    }

    /// <summary>All checkpoints as JSON Lines (action <c>secretsportal:ExportAudit</c>).</summary>
    public Task<string> Export(CallContext call, CancellationToken cancel) => _recorder.Recording(call, PortalActions.ExportAudit, "*", async op =>
    {
        await _authorizer.Require(op, "*", secret: null, cancel);
        op.Detail = "checkpoints";
        return await Lines(cancel);
    }, cancel);

    /// <summary>All checkpoints as JSON Lines, for the host's own command.</summary>
    internal async Task<string> Lines(CancellationToken cancel)
    {
        var publicKey = await _signer.PublicKey(cancel);
        var outline = await _chain.Outline(cancel);
        return string.Concat(outline.Checkpoints.Select(c => JsonSerializer.Serialize(CheckpointLine.Of(c, publicKey), AuditJson.Default.CheckpointLine) + "\n"));
    }

    /// <summary>Reads what <see cref="Export"/> gave; <see cref="PortalError.Validation"/> names the line that is none.</summary>
    public static IReadOnlyList<AuditCheckpoint> Parse(string lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var read = new List<AuditCheckpoint>();
        var number = 0;
        foreach (var line in lines.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                read.Add(JsonSerializer.Deserialize(line, AuditJson.Default.CheckpointLine)!.ToCheckpoint());
            }
            catch (Exception fault) when (fault is JsonException or FormatException or NullReferenceException)
            {
                throw new PortalException(PortalError.Validation, $"Line {number} is no checkpoint as \"audit checkpoints\" writes it.", fault);
            }
        }

        return read;
    }

    /// <summary>Signs the log's end, unless the last checkpoint is of the same.</summary>
    internal async Task<AuditCheckpoint?> Sign(CancellationToken cancel)
    {
        using var key = await _signer.Open(cancel);
        return await _chain.AddCheckpoint(
            (head, archived) =>
            {
                var checkpoint = new AuditCheckpoint
                {
                    Number = head.Checkpoints + 1, Sequence = head.Sequence, Mac = head.Mac, Count = head.Sequence - archived, At = _clock.Now(),
                };
                return checkpoint with { Signature = AuditSigner.Sign(key, checkpoint.Signed()) };
            },
            cancel);
    }
}
