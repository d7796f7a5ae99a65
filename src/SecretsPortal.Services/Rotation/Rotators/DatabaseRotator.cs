using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>What both strategies share: log-ins, tests, and the part of the preflight that looks at AWSCURRENT.</summary>
internal abstract class DatabaseRotator(IDatabaseEngine engine, FillRandom random, IReadOnlyList<AllowedAddress>? allowedTargets) : IRotator
{
    // What no database should be given, whatever the settings say.
    private const int ShortestPassword = 8;

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> FunctionNames { get; }

    /// <inheritdoc/>
    public virtual bool NeedsMaster => false;

    /// <summary>The kind of database.</summary>
    protected IDatabaseEngine Engine => engine;

    /// <inheritdoc/>
    public bool Serves(SecretValue current) =>
        SecretContent.Of(current).Engine is { } name && engine.EngineNames.Contains(name, StringComparer.Ordinal)
        && ServesMaster(DatabaseCredential.MasterArnOf(current) is not null);

    /// <inheritdoc/>
    public abstract SecretValue Create(RotationValues values);

    /// <inheritdoc/>
    public abstract Task<string> Set(RotationValues values, CancellationToken cancel);

    /// <inheritdoc/>
    public async Task<string> Test(SecretValue value, CancellationToken cancel)
    {
        var credential = Parse(value);
        await using var session = await LogIn(credential, cancel)
            ?? throw new RotationException(
                $"{Place(credential)} refuses the password. Put the password that works into the secret, or reset the user's password and expiry, then rotate again. {engine.WhyRefused}")
            {
                IsRefusal = true,
            };
        await session.Ping(cancel);
        return $"{Place(credential)} accepts the password.";
    }

    /// <inheritdoc/>
    public async Task<bool> IsAccepted(SecretValue value, CancellationToken cancel)
    {
        await using var session = await LogIn(Parse(value), cancel);
        return session is not null;
    }

    /// <inheritdoc/>
    public abstract Task<PreflightReport> Check(RotationValues values, CancellationToken cancel);

    /// <summary>Whether the strategy is the one of secrets that name a master secret, or of those that do not.</summary>
    protected abstract bool ServesMaster(bool namesMaster);

    /// <summary>Reads a value.</summary>
    protected DatabaseCredential Parse(SecretValue value) => DatabaseCredential.Parse(value, engine);

    /// <summary>Logs in, where it may; see <see cref="IDatabaseEngine.LogIn"/>.</summary>
    protected async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        await TargetAddresses.Check(allowedTargets ?? [], credential.Host, cancel);
        return await engine.LogIn(credential, cancel);
    }

    /// <summary>Where a credential leads, for sentences.</summary>
    protected string Place(DatabaseCredential credential) => credential.Place(engine);

    /// <summary>The current value with another user and a new password in it.</summary>
    protected SecretValue WithNewPassword(RotationValues values, string username) => DatabaseCredential.With(
        values.Current, username, new PasswordPolicy(values.Settings).Generate(engine.PasswordRules, ShortestPassword, engine.LongestPassword, random));

    /// <summary>Reads AWSCURRENT, and looks whether a new value could be made of it.</summary>
    protected DatabaseCredential CheckJson(RotationValues values, List<PreflightFinding> findings)
    {
        var current = Parse(values.Current);
        WithNewPassword(values, current.Username);
        findings.Add(new PreflightFinding(PreflightCheck.Json, PreflightState.Passed, "The secret's value has all that a log-in takes."));
        return current;
    }

    /// <summary>Looks at AWSCURRENT: reached, TLS, log-in. Adds what it found; the session is null where the log-in failed.</summary>
    protected async Task<IDatabaseSession?> CheckLogIn(DatabaseCredential current, List<PreflightFinding> findings, CancellationToken cancel)
    {
        try
        {
            var session = await LogIn(current, cancel);
            findings.Add(Reached(current));
            findings.Add(Encrypted(current));
            findings.Add(session is null
                ? new PreflightFinding(PreflightCheck.LogIn, PreflightState.Failed,
                    $"{Place(current)} refuses the password of AWSCURRENT. Put the password that works into the secret, or reset the user's password and expiry. {engine.WhyRefused}")
                : new PreflightFinding(PreflightCheck.LogIn, PreflightState.Passed, $"{Place(current)} accepts the password."));
            return session;
        }
        catch (RotationException fault)
        {
            if (fault.Concerns > PreflightCheck.Reachable)
                findings.Add(Reached(current));
            if (fault.Concerns > PreflightCheck.Tls)
                findings.Add(Encrypted(current));
            findings.Add(new PreflightFinding(fault.Concerns, PreflightState.Failed, fault.Message));
            return null;
        }
    }

    /// <summary>The report, with the things that were not looked at as skipped.</summary>
    protected static PreflightReport Report(List<PreflightFinding> findings, params ReadOnlySpan<PreflightCheck> all)
    {
        var complete = new List<PreflightFinding>();
        foreach (var check in all)
        {
            var found = findings.Where(f => f.Check == check).ToList();
            if (found.Count == 0)
                found.Add(new PreflightFinding(check, PreflightState.Skipped, "Not looked at, because of what failed before."));
            complete.AddRange(found);
        }

        return new PreflightReport(complete);
    }

    private PreflightFinding Reached(DatabaseCredential current) =>
        new(PreflightCheck.Reachable, PreflightState.Passed, $"{engine.Name} answers at {current.Host}:{current.Port}.");

    private static PreflightFinding Encrypted(DatabaseCredential current) => current.Tls switch
    {
        TlsMode.Verified => new PreflightFinding(PreflightCheck.Tls, PreflightState.Passed, "The connection is encrypted, and the server's certificate was verified."),
        TlsMode.Unverified => new PreflightFinding(PreflightCheck.Tls, PreflightState.Warning,
            "The connection is encrypted, but \"ssl\": \"require\" lets any server stand in for this one. Put the certificate of its authority into \"sslrootcert\" and true into \"ssl\"."),
        _ => new PreflightFinding(PreflightCheck.Tls, PreflightState.Warning,
            "The connection is in the clear, because the secret's value says \"ssl\": false. Switch TLS on at the server and take that member out."),
    };
}
