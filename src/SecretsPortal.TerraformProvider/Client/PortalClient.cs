
namespace SecretsPortal.TerraformProvider.Client;

/// <summary>The operations of the portal's API that the provider uses. Every fault is a <see cref="PortalApiException"/>.</summary>
/// <param name="channel">Carries the calls.</param>
/// <param name="time">Numbers the request tokens.</param>
internal sealed class PortalClient(SignedJsonChannel channel, TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private static readonly WireJson s_json = WireJson.Default;

    /// <summary>A token for one change: a repeated call with it is the same change, and a new version carries it as its id.</summary>
    public string NewToken() => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    /// <summary>Creates a secret without a value.</summary>
    public Task<SecretChangeResponse> CreateSecretAsync(CreateSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("CreateSecret", request, s_json.CreateSecretRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Changes description or key.</summary>
    public Task<SecretChangeResponse> UpdateSecretAsync(UpdateSecretRequest request, CancellationToken stop) =>
        channel.CallAsync("UpdateSecret", request, s_json.UpdateSecretRequest, s_json.SecretChangeResponse, stop);

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

    /// <summary>Moves a label.</summary>
    public Task<SecretChangeResponse> UpdateSecretVersionStageAsync(UpdateSecretVersionStageRequest request, CancellationToken stop) =>
        channel.CallAsync("UpdateSecretVersionStage", request, s_json.UpdateSecretVersionStageRequest, s_json.SecretChangeResponse, stop);

    /// <summary>Sets how a secret is rotated, and may start a rotation. Waits a little for one that is under way: most end within seconds.</summary>
    public async Task<SecretChangeResponse> RotateSecretAsync(RotateSecretRequest request, CancellationToken stop)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await channel.CallAsync("RotateSecret", request, s_json.RotateSecretRequest, s_json.SecretChangeResponse, stop);
            }
            catch (PortalApiException e)
                when (e.IsRotationUnderWay && time.GetElapsedTime(started) < s_patience && !stop.IsCancellationRequested)
            {
                await Task.Delay(s_pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends the schedule.</summary>
    public Task<SecretChangeResponse> CancelRotateSecretAsync(string secretId, CancellationToken stop) =>
        channel.CallAsync("CancelRotateSecret", new SecretIdRequest { SecretId = secretId }, s_json.SecretIdRequest, s_json.SecretChangeResponse, stop);
}
