using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// Tells which secrets are rotated on the same target, so that a server is not hit by all of them at once. Host and port are content of a value, so
/// what is stored is a keyed fingerprint of them: it says that two secrets have one server, and not which.
/// </summary>
internal sealed class TargetKeys(PortalKeys keys)
{
    /// <summary>The key of a value's host and port, or else of the function that rotates it; null where there is neither.</summary>
    /// <param name="value">What AWSCURRENT has.</param>
    /// <param name="function">The ARN or name of the rotation function; null where the engine decides.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<string?> Of(SecretValue? value, string? function, CancellationToken cancel)
    {
        var target = (value is null ? null : HostOf(value)) ?? (function is null ? null : $"function {function}");
        return target is null
            ? null
            : Convert.ToHexStringLower(HMACSHA256.HashData(await keys.Get(PortalKeys.RotationTarget, cancel), Encoding.UTF8.GetBytes(target)));
    }

    private static string? HostOf(SecretValue value)
    {
        if (!value.IsText)
            return null;
        try
        {
            using var json = JsonDocument.Parse(value.Bytes.ToArray());
            if (json.RootElement.ValueKind != JsonValueKind.Object || TextOf(json.RootElement, "host") is not { Length: > 0 } host)
                return null;
            // Without a port the engine has its own, so that the engine stands for it.
            return $"host {host.ToLowerInvariant()} {TextOf(json.RootElement, "port") ?? TextOf(json.RootElement, "engine")}";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON, or no valid Unicode: there is no host to be read.
            return null;
        }
    }

    private static string? TextOf(JsonElement json, string member) => !json.TryGetProperty(member, out var found) ? null : found.ValueKind switch
    {
        JsonValueKind.String => found.GetString(),
        JsonValueKind.Number => found.GetRawText(),
        _ => null,
    };
}
