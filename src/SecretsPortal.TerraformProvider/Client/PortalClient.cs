using System.Collections.Concurrent;
using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>The operations of the portal's APIs that the provider uses. Every fault is a <see cref="PortalApiException"/>.</summary>
/// <param name="channel">Carries the calls.</param>
/// <param name="settings">Of the provider block.</param>
/// <param name="time">Numbers the request tokens.</param>
/// <param name="sessionStop">Ends the repeating of what several calls share.</param>
internal sealed class PortalClient(SignedJsonChannel channel, ProviderSettings settings, TimeProvider time, CancellationToken sessionStop = default)
{
    private const string AdminRoot = "/api/v1";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private static readonly WireJson s_json = WireJson.Default;

    private readonly SecretLookUps _lookUps = new(channel, time, sessionStop);

    private readonly ConcurrentDictionary<string, DefaultKey> _defaultKeys = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>Of the provider block.</summary>
    public ProviderSettings Settings => settings;

    /// <summary>The time.</summary>
    public TimeProvider Time => time;

    /// <summary>
    /// Calls the administration API: <paramref name="path"/> and query below <c>/api/v1</c>, percent-encoded. Null where the answer is empty.
    /// What adds something (POST) is not repeated where nobody knows whether the portal has done it.
    /// </summary>
    public async Task<JsonElement?> AdminAsync(HttpMethod method, string path, byte[]? body, CancellationToken stop, string? region = null)
    {
        var request = new PortalRequest($"{method} {AdminRoot}{path}", method, AdminRoot + path, body) { IsRepeatable = method != HttpMethod.Post, Region = region };
        var answer = await channel.SendAsync(request, stop);
        if (answer.Length == 0)
            return null;
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new PortalApiException(request.Operation, PortalApiException.NotThePortal, "The answer is not JSON.");
        }
    }

    /// <summary>As <see cref="AdminAsync"/> without a body; null where there is no such thing.</summary>
    public async Task<JsonElement?> FindAdminAsync(string path, CancellationToken stop)
    {
        try
        {
            return await AdminAsync(HttpMethod.Get, path, body: null, stop);
        }
        catch (PortalApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a key's id, alias or ARN names the default key of the region (null for the provider's). The portal is asked once; null where the
    /// caller may not see keys.
    /// </summary>
    public async Task<bool?> IsDefaultKeyAsync(string name, string? region, CancellationToken stop)
    {
        var asked = region ?? settings.Region;
        if (!_defaultKeys.TryGetValue(asked, out var key))
            _defaultKeys[asked] = key = await FindDefaultKeyAsync(asked, stop);
        return key.Names?.Contains(name);
    }

    /// <summary>After a change of a default key: the next question goes to the portal again.</summary>
    public void ForgetDefaultKeys() => _defaultKeys.Clear();

    /// <summary>True for the first one that asks: for what is told once in a run.</summary>
    public bool IsFirstToTell(string what) => _told.TryAdd(what, true);

    private async Task<DefaultKey> FindDefaultKeyAsync(string region, CancellationToken stop)
    {
        try
        {
            var found = (await AdminAsync(HttpMethod.Get, "/keys/alias%2Faws%2Fsecretsmanager", body: null, stop, region))!.Value;
            var arn = found.GetProperty("arn").GetString()!;
            var prefix = arn[..(arn.LastIndexOf(':') + 1)];
            var names = new HashSet<string>(StringComparer.Ordinal) { found.GetProperty("keyId").GetString()!, arn, prefix + "alias/aws/secretsmanager" };
            if (found.TryGetProperty("alias", out var alias) && alias.GetString() is { } own)
                names.UnionWith([own, prefix + own]);
            return new DefaultKey(names);
        }
        catch (PortalApiException e) when (e.IsNotFound)
        {
            return new DefaultKey([]);
        }
        catch (PortalApiException e) when (e.Code is "AccessDenied" or "AccessDeniedException")
        {
            return new DefaultKey(null);
        }
    }

    private sealed record DefaultKey(HashSet<string>? Names);

    /// <summary>A token for one change: a repeated call with it is the same change, and a new version carries it as its id.</summary>
    public string NewToken() => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    /// <summary>Creates a secret without a value.</summary>
    public Task<SecretChangeResponse> CreateSecretAsync(CreateSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("CreateSecret", request, s_json.CreateSecretRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Changes description or key.</summary>
    public Task<SecretChangeResponse> UpdateSecretAsync(UpdateSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("UpdateSecret", request, s_json.UpdateSecretRequest, s_json.SecretChangeResponse, stop);

    /// <summary>
    /// Reads a secret's metadata beside others that are asked for at the same moment, in one request; null where there is no such secret.
    /// <paramref name="fields"/> asks for fingerprints too: of the values, and of these members of them.
    /// </summary>
    public Task<SecretLookUp?> LookUpSecretAsync(string secretId, CancellationToken stop, IReadOnlyList<string>? fields = null) => _lookUps.FindAsync(secretId, fields, stop);

    /// <summary>Reads a secret's metadata; null where there is no such secret.</summary>
    public async Task<DescribeSecretResponse?> FindSecretAsync(string secretId, CancellationToken stop)
    {
        try
        {
            return await DescribeSecretAsync(secretId, stop);
        }
        catch (PortalApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads a secret's metadata.</summary>
    public Task<DescribeSecretResponse> DescribeSecretAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("DescribeSecret", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.DescribeSecretResponse, stop);

    /// <summary>Deletes a secret, at once or after a recovery window.</summary>
    public Task<SecretChangeResponse> DeleteSecretAsync(DeleteSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("DeleteSecret", request, s_json.DeleteSecretRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Takes a deletion back.</summary>
    public Task RestoreSecretAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("RestoreSecret", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Replicates a secret to more regions.</summary>
    public Task ReplicateSecretAsync(ReplicateSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("ReplicateSecretToRegions", request, s_json.ReplicateSecretRequest, s_json.EmptyResponse, stop);

    /// <summary>Removes replicas.</summary>
    public Task RemoveReplicasAsync(RemoveReplicasRequest request, CancellationToken stop) =>
        channel.CallAsync("RemoveRegionsFromReplication", request, s_json.RemoveReplicasRequest, s_json.EmptyResponse, stop);

    /// <summary>Reads the resource policy.</summary>
    public Task<ResourcePolicyResponse> GetResourcePolicyAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("GetResourcePolicy", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.ResourcePolicyResponse, stop);

    /// <summary>Hangs a resource policy on a secret.</summary>
    public Task<ResourcePolicyResponse> PutResourcePolicyAsync(PutResourcePolicyRequest request, CancellationToken stop) =>
        channel.CallAsync("PutResourcePolicy", request, s_json.PutResourcePolicyRequest, s_json.ResourcePolicyResponse, stop);

    /// <summary>Takes the resource policy away.</summary>
    public Task DeleteResourcePolicyAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("DeleteResourcePolicy", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.EmptyResponse, stop);

    /// <summary>A page of the secrets that filters find.</summary>
    public Task<ListSecretsResponse> ListSecretsAsync(ListSecretsRequest request, CancellationToken stop) =>
        channel.CallAsync("ListSecrets", request, s_json.ListSecretsRequest, s_json.ListSecretsResponse, stop);

    /// <summary>Sets tags.</summary>
    public Task TagResourceAsync(TagResourceRequest request, CancellationToken stop) =>
        channel.CallAsync("TagResource", request, s_json.TagResourceRequest, s_json.EmptyResponse, stop);

    /// <summary>Removes tags.</summary>
    public Task UntagResourceAsync(UntagResourceRequest request, CancellationToken stop) =>
        channel.CallAsync("UntagResource", request, s_json.UntagResourceRequest, s_json.EmptyResponse, stop);

    /// <summary>Reads a value.</summary>
    public Task<GetSecretValueResponse> GetSecretValueAsync(GetSecretValueRequest request, CancellationToken stop) =>
        channel.CallAsync("GetSecretValue", request, s_json.GetSecretValueRequest, s_json.GetSecretValueResponse, stop);

    /// <summary>Stores a new version.</summary>
    public Task<SecretChangeResponse> PutSecretValueAsync(PutSecretValueRequest request, CancellationToken stop) =>
        channel.CallAsync("PutSecretValue", request, s_json.PutSecretValueRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Puts members into the current value, which is a JSON object, as a new version; the others stay. Nothing of the value comes back.</summary>
    public async Task<MergeFieldsResponse> MergeFieldsAsync(string secretId, IReadOnlyDictionary<string, string> fields, CancellationToken stop)
    {
        var body = new MergeFieldsRequest { ClientRequestToken = NewToken(), Fields = fields.ToDictionary(StringComparer.Ordinal) };
        // The token makes it repeatable.
        var request = new PortalRequest("MergeSecretFields", HttpMethod.Post, $"{AdminRoot}/secrets/{Uri.EscapeDataString(secretId)}/fields",
            JsonSerializer.SerializeToUtf8Bytes(body, s_json.MergeFieldsRequest));
        return JsonSerializer.Deserialize(await channel.SendAsync(request, stop), s_json.MergeFieldsResponse)!;
    }

    /// <summary>Moves a label.</summary>
    public Task<SecretChangeResponse> UpdateSecretVersionStageAsync(UpdateSecretVersionStageRequest request, CancellationToken stop) =>
        channel.CallAsync("UpdateSecretVersionStage", request, s_json.UpdateSecretVersionStageRequest, s_json.SecretChangeResponse, stop);

    /// <summary>
    /// Sets how a secret is rotated, and may start a rotation. Waits for one that is under way, 30 seconds where <paramref name="patience"/> says
    /// nothing: most end within seconds.
    /// </summary>
    public async Task<SecretChangeResponse> RotateSecretAsync(RotateSecretRequest request, CancellationToken stop, TimeSpan? patience = null)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await channel.CallAsync("RotateSecret", request, s_json.RotateSecretRequest, s_json.SecretChangeResponse, stop);
            }
            catch (PortalApiException e)
                when (e.IsRotationUnderWay && time.GetElapsedTime(started) < (patience ?? s_patience) && !stop.IsCancellationRequested)
            {
                await Task.Delay(s_pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends the schedule.</summary>
    public Task<SecretChangeResponse> CancelRotateSecretAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("CancelRotateSecret", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.SecretChangeResponse, stop);
}
