using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsPortal.Services;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api;

/// <summary>An authenticated call on its way to the services.</summary>
/// <param name="Context">Who asks.</param>
/// <param name="Services">The host's services, all of them for all requests.</param>
/// <param name="Cancel">Set when the client has gone.</param>
internal sealed record ApiCall(CallContext Context, IServiceProvider Services, CancellationToken Cancel)
{
    /// <summary>The time.</summary>
    public DateTimeOffset Now => Services.GetRequiredService<TimeProvider>().GetUtcNow();

    /// <summary>Reads secrets.</summary>
    public SecretReader Reader => Services.GetRequiredService<SecretReader>();

    /// <summary>Reads many secrets at once.</summary>
    public SecretBatchReader BatchReader => Services.GetRequiredService<SecretBatchReader>();

    /// <summary>The resource policies of secrets.</summary>
    public SecretPolicies Policies => Services.GetRequiredService<SecretPolicies>();

    /// <summary>Changes secrets.</summary>
    public SecretWriter Writer => Services.GetRequiredService<SecretWriter>();

    /// <summary>Tags secrets.</summary>
    public SecretTagger Tagger => Services.GetRequiredService<SecretTagger>();

    /// <summary>Replicates secrets.</summary>
    public ReplicaService Replicas => Services.GetRequiredService<ReplicaService>();

    /// <summary>Rotates secrets.</summary>
    public RotationService Rotation => Services.GetRequiredService<RotationService>();
}

/// <summary>One operation: how its body is decoded, and what then carries it out.</summary>
/// <param name="Name">As it stands in the target.</param>
/// <param name="Decode">
/// Reads and checks a body; what it gives carries the operation out and gives the answer's body. Two steps, because a body that is refused
/// never reaches the services, which record what they are asked: the door records it then.
/// </param>
internal sealed record Operation(string Name, Func<ReadOnlyMemory<byte>, Func<ApiCall, Task<byte[]>>> Decode)
{
    /// <summary>The action of policies and of the audit.</summary>
    public string Action { get; } = $"secretsmanager:{Name}";

    /// <summary>An operation with an answer.</summary>
    public static Operation Of<TInput, TRequest, TOutput>(
        string name, JsonTypeInfo<TInput> input, Func<TInput, TRequest> decode,
        Func<ApiCall, TRequest, Task<TOutput>> call, JsonTypeInfo<TOutput> output)
        where TInput : class =>
        new(name, body =>
        {
            var request = decode(AwsJson.Read(body, input));
            return async api => JsonSerializer.SerializeToUtf8Bytes(await call(api, request), output);
        });

    /// <summary>An operation whose answer is an empty body.</summary>
    public static Operation Of<TInput, TRequest>(
        string name, JsonTypeInfo<TInput> input, Func<TInput, TRequest> decode, Func<ApiCall, TRequest, Task> call)
        where TInput : class =>
        new(name, body =>
        {
            var request = decode(AwsJson.Read(body, input));
            return async api =>
            {
                await call(api, request);
                return [];
            };
        });
}
