using SecretsPortal.Core;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Re-wrappings: starts, shows, pauses and cancels them. A node carries them out by <see cref="RewrapRunner"/>. Each is authorized on the ARN of the
/// key that it wraps from.
/// </summary>
public sealed class RewrapService
{
    private const int MostResults = 100;

    private readonly KeyStore _store;
    private readonly RewrapStore _jobs;
    private readonly KeyService _service;
    private readonly KeyRegistry _keys;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;
    private readonly TimeProvider _clock;

    internal RewrapService(
        KeyStore store, RewrapStore jobs, KeyService service, KeyRegistry keys, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens, TimeProvider clock)
    {
        _store = store;
        _jobs = jobs;
        _service = service;
        _keys = keys;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
        _clock = clock;
    }

    /// <summary>
    /// Starts to wrap anew all that lies under a key: under its current version, or under <paramref name="target"/>, another key of the region.
    /// </summary>
    public Task<RewrapJob> Start(CallContext call, string key, string? target, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.RewrapKey, key, async op =>
        {
            var source = await _service.Find(op, key, cancel);
            var other = target is null ? null : await _keys.TryFind(target, call.Region, cancel)
                ?? throw new PortalException(PortalError.InvalidParameter, $"The parameter target: there is no KMS key {target} in {call.Region}.");
            // Who may re-wrap one key may not therefore wrap under another.
            if (other is not null)
                await _authorizer.Require(op, _keys.ArnOf(other), secret: null, cancel);
            var to = other ?? source;
            foreach (var one in (StoredKmsKey[])[source, to])
                if (one.State != KmsKeyState.Enabled)
                    throw new PortalException(PortalError.InvalidRequest, $"The key {one.KeyId} is not enabled. Enable it first.");
            var version = await _keys.ProviderOf(to).CurrentVersion(to.ProviderReference, cancel);
            var job = JobOf(source.KeyId, to.KeyId, version, call.Caller.Arn, secretId: null);
            op.Detail = $"job {job.JobId}, under {(other is null ? "" : $"{_keys.ArnOf(to)}, ")}version {version}";
            await _store.Change(to.KeyId, (before, _) => Task.FromResult<KmsKeyChange?>(
                new KmsKeyChange(before with { CurrentVersion = version }, _recorder.Success(op)) { Rewrap = job }), cancel);
            op.IsRecorded = true;
            return job;
        }, cancel);

    /// <summary>
    /// Gives a local key a new version, which wraps from now on, and starts to wrap anew what lies under the older ones. Keys of other providers get
    /// their versions there, and the portal finds out by itself.
    /// </summary>
    public Task<RewrapJob> Rotate(CallContext call, string key, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.RewrapKey, key, async op =>
        {
            var found = await _service.Find(op, key, cancel);
            if (found.Provider != KmsProviders.Local)
                throw new PortalException(PortalError.InvalidRequest, $"The key is held by {found.Provider}. Give it a new version there; the portal finds out within minutes and re-wraps.");
            RewrapJob? job = null;
            await _store.Change(found.KeyId, (before, _) =>
            {
                if (before.State != KmsKeyState.Enabled)
                    throw new PortalException(PortalError.InvalidRequest, "Only an enabled key gets a new version. Enable it first.");
                var after = before with { CurrentVersion = LocalKms.VersionAfter(before.CurrentVersion) };
                job = JobOf(after.KeyId, after.KeyId, after.CurrentVersion, call.Caller.Arn, secretId: null);
                op.Detail = $"new version {after.CurrentVersion}, job {job.JobId}";
                return Task.FromResult<KmsKeyChange?>(new KmsKeyChange(after, _recorder.Success(op)) { Rewrap = job });
            }, cancel);
            op.IsRecorded = job is not null;
            return job ?? throw new PortalException(PortalError.ResourceNotFound, $"There is no KMS key {key} in {call.Region} any more.");
        }, cancel);

    /// <summary>Re-wrappings with their progress, newest first.</summary>
    public Task<RewrapPage> List(CallContext call, int? maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ListKeys, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            op.Detail = "re-wrappings";
            var limit = SecretRules.Range("maxResults", maxResults ?? MostResults, 1, MostResults);
            var scope = PageTokens.ScopeOf("rewraps", call);
            var before = await _tokens.Read<JobPosition>(nextToken, scope, cancel);
            var found = await _jobs.List(before is null ? null : (before.CreatedAt, before.JobId), limit + 1, cancel);
            IReadOnlyList<RewrapJob> page = [.. found.Take(limit)];
            var next = found.Count <= limit ? null : await _tokens.Write(new JobPosition(page[^1].CreatedAt, page[^1].JobId), scope, cancel);
            return new RewrapPage(page, next);
        }, cancel);

    /// <summary>One re-wrapping with its progress.</summary>
    public Task<RewrapJob> Get(CallContext call, string jobId, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.GetKey, jobId, op => Find(op, jobId, cancel), cancel);

    /// <summary>As <see cref="Get"/>, for a page that asks again and again for the progress: only refusals are recorded.</summary>
    public Task<RewrapJob> Watch(CallContext call, string jobId, CancellationToken cancel) => Find(new RecordedCall(call, PortalActions.GetKey, jobId), jobId, cancel);

    /// <summary>Holds a re-wrapping up after the batch that is under way; it stays so until it is resumed.</summary>
    public Task<RewrapJob> Pause(CallContext call, string jobId, CancellationToken cancel) => SetState(call, jobId, was: null, RewrapState.Paused, cancel);

    /// <summary>Lets a paused re-wrapping go on where it stopped.</summary>
    public Task<RewrapJob> Resume(CallContext call, string jobId, CancellationToken cancel) => SetState(call, jobId, RewrapState.Paused, RewrapState.Queued, cancel);

    /// <summary>Gives a re-wrapping up; what is wrapped anew stays so, and all of it opens.</summary>
    public Task<RewrapJob> Cancel(CallContext call, string jobId, CancellationToken cancel) => SetState(call, jobId, was: null, RewrapState.Cancelled, cancel);

    /// <summary>Those that begin when a secret has changed its key: one for each key that older versions stay behind under.</summary>
    internal IReadOnlyList<RewrapJob> OfLeftBehind(Core.Secrets.Secret after, StoredKmsKey key, string startedBy) =>
        [.. after.Versions.Where(version => version.HasValue && version.KmsKeyId != key.KeyId).Select(version => version.KmsKeyId!)
            .Distinct(StringComparer.Ordinal).Select(source => JobOf(source, key.KeyId, key.CurrentVersion, startedBy, after.Id))];

    /// <summary>A job that waits for a node.</summary>
    internal RewrapJob JobOf(string sourceId, string targetId, string version, string startedBy, string? secretId)
    {
        var now = _clock.Now();
        return new RewrapJob
        {
            JobId = Guid.CreateVersion7(now).ToString("N"),
            SourceKeyId = sourceId,
            TargetKeyId = targetId,
            TargetVersion = version,
            SecretId = secretId,
            State = RewrapState.Queued,
            StartedBy = startedBy,
            CreatedAt = now,
        };
    }

    private Task<RewrapJob> SetState(CallContext call, string jobId, RewrapState? was, RewrapState state, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.RewrapKey, jobId, async op =>
        {
            var job = await Find(op, jobId, cancel);
            op.Detail = $"job {jobId}: {state}";
            if (job.State == state)
                return job;
            if (!await _jobs.SetState(jobId, was, state, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.InvalidRequest, $"The re-wrapping is {job.State} and can't become {state}.");
            op.IsRecorded = true;
            return await _jobs.Find(jobId, cancel) ?? throw NotFound(jobId);
        }, cancel);

    private async Task<RewrapJob> Find(RecordedCall op, string jobId, CancellationToken cancel)
    {
        var job = await _jobs.Find(jobId, cancel);
        var source = job is null ? null : (await _keys.All(cancel)).FirstOrDefault(key => key.KeyId == job.SourceKeyId);
        op.Resource = source is null ? _keys.ArnOf(job?.SourceKeyId ?? "*", op.Call.Region) : _keys.ArnOf(source);
        await _authorizer.Require(op, op.Resource, secret: null, cancel);
        return job ?? throw NotFound(jobId);
    }

    private static PortalException NotFound(string jobId) => new(PortalError.ResourceNotFound, $"There is no re-wrapping {jobId}.");

    private sealed record JobPosition(DateTimeOffset CreatedAt, string JobId);
}
