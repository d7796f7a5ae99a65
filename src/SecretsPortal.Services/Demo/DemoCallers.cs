using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Demo;

/// <summary>The calls of the people and programs of the demonstration, as their doors would make them.</summary>
internal sealed class DemoCallers(CallerStore store, UserStore users, AccessKeyUses uses, PortalOptions options, DemoClock clock)
{
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTime> _seen = new(StringComparer.Ordinal);

    /// <summary>A request of a signed-in user, by default from inside.</summary>
    public async Task<CallContext> User(string name, string address = "10.20.9.21")
    {
        var stored = await store.Find(CallerKind.User, name, CancellationToken.None) ?? throw new InvalidOperationException($"There is no user {name}.");
        await NoteSeen(stored);
        return new CallContext(CallerArn.CallerOf(stored, options.AccountId, accessKeyId: null), options.Region, address, NewId()) { IsSecure = true };
    }

    // Whoever does something has been seen that day, as by a sign-in.
    private async Task NoteSeen(StoredCaller user)
    {
        var now = clock.GetUtcNow();
        if (_seen.TryGetValue(user.Id, out var day) && day == now.UtcDateTime.Date)
            return;
        _seen[user.Id] = now.UtcDateTime.Date;
        await users.NoteSeen(user.Id, now, CancellationToken.None);
    }

    /// <summary>A signed request of a program.</summary>
    public async Task<CallContext> Program(string name, string address)
    {
        var stored = await store.Find(CallerKind.Client, name, CancellationToken.None) ?? throw new InvalidOperationException($"There is no client {name}.");
        var key = _keys[name];
        uses.Note(key, options.Region);
        return new CallContext(CallerArn.CallerOf(stored, options.AccountId, key), options.Region, address, NewId()) { IsSecure = true };
    }

    /// <summary>Says which key a program signs with from now on.</summary>
    public void SignsWith(string program, string accessKeyId) => _keys[program] = accessKeyId;

    /// <summary>A UUID, such as the token of a new version.</summary>
    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString();
}
