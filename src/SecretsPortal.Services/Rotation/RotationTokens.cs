using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// The RotationToken of a rotation's events: proves that a PutSecretValue comes from the function that the event was given to. It grants
/// nothing by itself. Derived, so nothing is stored; it is void when its run ends.
/// </summary>
internal sealed class RotationTokens(PortalKeys keys)
{
    /// <summary>The token of one event: 64 lower-case hexadecimal digits.</summary>
    public async Task<SecretText> Of(RotationRun run, RotationStep step, CancellationToken cancel) =>
        new(Derive(await keys.Get(PortalKeys.RotationToken, cancel), run, step));

    /// <summary>What tells of a run whether the token belongs to one of its events.</summary>
    public async Task<Func<RotationRun, bool>> Matcher(SecretText token, CancellationToken cancel)
    {
        var key = await keys.Get(PortalKeys.RotationToken, cancel);
        var given = Encoding.UTF8.GetBytes(token.Reveal());
        return run => Enum.GetValues<RotationStep>()
            .Any(step => CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Derive(key, run, step))));
    }

    private static string Derive(byte[] key, RotationRun run, RotationStep step) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{run.RunId}/{step}")));
}
