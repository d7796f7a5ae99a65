using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// What leads from one step of a sign-in to the next: sealed, good for one step of one user and for minutes, and for nothing else. There is no
/// session before the last step is done.
/// </summary>
internal sealed class SignInTickets(CallerStore callers, PortalTokens tokens, TimeProvider clock)
{
    private const int LongestToken = 512;
    private const int DeviceSize = 16;

    /// <summary>How long a step may take.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Seals the way to a user's next step.</summary>
    public Task<string> Issue(SignInStep step, StoredCaller user, CancellationToken cancel) => tokens.Seal(
        PortalKeys.SignInTicket, JsonSerializer.SerializeToUtf8Bytes(new Ticket(user.Id, user.SessionEpoch, clock.Now() + Lifetime)), BoundTo(step), cancel);

    /// <summary>
    /// The user as stored now; null for a ticket that was not issued here for this step, is over, or whose user has since been disabled or has had
    /// all sessions ended, as by a change of the password.
    /// </summary>
    public async Task<StoredCaller?> Open(SignInStep step, string? ticket, CancellationToken cancel)
    {
        if (ticket is null || await tokens.Open(PortalKeys.SignInTicket, ticket, LongestToken, BoundTo(step), cancel) is not { } plaintext)
            return null;
        var opened = JsonSerializer.Deserialize<Ticket>(plaintext)!;
        return clock.GetUtcNow() < opened.ExpiresAt
            && await callers.FindById(opened.CallerId, cancel) is { IsDisabled: false } user && user.SessionEpoch == opened.Epoch
                ? user
                : null;
    }

    /// <summary>Seals what tells this browser as one that the user has signed in with.</summary>
    public Task<string> IssueDevice(string userName, CancellationToken cancel) =>
        tokens.Seal(PortalKeys.KnownDevice, RandomNumberGenerator.GetBytes(DeviceSize), Encoding.UTF8.GetBytes(userName), cancel);

    /// <summary>Tells the browser; null for one that the user of this name has not signed in with.</summary>
    public Task<byte[]?> OpenDevice(string userName, string? device, CancellationToken cancel) =>
        device is null ? Task.FromResult<byte[]?>(null) : tokens.Open(PortalKeys.KnownDevice, device, LongestToken, Encoding.UTF8.GetBytes(userName), cancel);

    private static byte[] BoundTo(SignInStep step) => Encoding.UTF8.GetBytes(step.ToString());

    private sealed record Ticket(string CallerId, long Epoch, DateTimeOffset ExpiresAt);
}
