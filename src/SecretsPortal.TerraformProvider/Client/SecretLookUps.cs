using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>
/// Reads secrets' metadata in batches: Terraform refreshes many resources at once, each by a call of its own, and what is asked for within a
/// few milliseconds goes to the portal as one request. Each secret is decided and recorded there as if it had been asked for alone.
/// </summary>
/// <param name="channel">Carries the requests.</param>
/// <param name="time">Waits for more questions.</param>
/// <param name="stop">Ends the repeating of a batch. One caller's own stop would end it for the others too.</param>
internal sealed class SecretLookUps(SignedJsonChannel channel, TimeProvider time, CancellationToken stop)
{
    private const string Path = "/api/v1/secrets/lookup";

    private const int MostInBatch = 100;

    /// <summary>Long enough for the calls of one moment to arrive, too short to be felt.</summary>
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(3);

    private readonly Lock _gate = new();

    private List<Question> _waiting = [];

    /// <summary>
    /// Finds a secret; null where there is none. Another refusal of this one secret is thrown. <paramref name="asker"/> ends this asker's waiting; one that
    /// is stopped before it asks still gets the answer, as what stands after a failed change is to be known.
    /// </summary>
    public async Task<SecretLookUp?> FindAsync(string secretId, IReadOnlyList<string>? fields, CancellationToken asker)
    {
        var question = new Question(new LookUpQuestion { SecretId = secretId, Fields = fields });
        bool isFirst;
        lock (_gate)
        {
            isFirst = _waiting.Count == 0;
            _waiting.Add(question);
        }

        if (isFirst)
            _ = AskSoonAsync();
        var found = asker.IsCancellationRequested ? await question.Answer.Task : await WaitAsync(question, asker);
        if (found.Secret is not null)
            return found;
        var fault = new PortalApiException("DescribeSecret", found.Code ?? PortalApiException.NotThePortal, found.Message ?? "The portal gave no reason.");
        return fault.IsNotFound ? null : throw fault;
    }

    private static async Task<SecretLookUp> WaitAsync(Question question, CancellationToken asker)
    {
        try
        {
            return await question.Answer.Task.WaitAsync(asker);
        }
        catch (OperationCanceledException) when (asker.IsCancellationRequested)
        {
            throw new PortalApiException("DescribeSecret", PortalApiException.Unreachable, "No answer came until the time of timeouts was over, or Terraform was stopped.");
        }
    }

    private async Task AskSoonAsync()
    {
        await Task.Delay(s_gathering, time, CancellationToken.None);
        List<Question> gathered;
        lock (_gate)
            (gathered, _waiting) = (_waiting, []);
        await Task.WhenAll(gathered.Chunk(MostInBatch).Select(AskAsync));
    }

    private async Task AskAsync(Question[] batch)
    {
        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(new LookUpRequest { Secrets = [.. batch.Select(q => q.Wire)] }, WireJson.Default.LookUpRequest);
            var answer = await channel.SendAsync(new PortalRequest($"LookUpSecrets({batch.Length})", HttpMethod.Post, Path, body), stop);
            var found = JsonSerializer.Deserialize(answer, WireJson.Default.LookUpResponse)?.Secrets ?? [];
            if (found.Count != batch.Length)
                throw new PortalApiException("LookUpSecrets", PortalApiException.NotThePortal, "The answer does not have one entry for each secret.");
            foreach (var (question, secret) in batch.Zip(found))
                question.Answer.SetResult(secret);
        }
        catch (JsonException)
        {
            Fail(batch, new PortalApiException("LookUpSecrets", PortalApiException.NotThePortal, "The answer is not the JSON that the operation gives."));
        }
        catch (Exception e)
        {
            Fail(batch, e);
        }
    }

    private static void Fail(Question[] batch, Exception fault)
    {
        foreach (var question in batch)
            question.Answer.TrySetException(fault);
    }

    private sealed record Question(LookUpQuestion Wire)
    {
        public TaskCompletionSource<SecretLookUp> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
