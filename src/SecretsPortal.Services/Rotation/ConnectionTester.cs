using System.Globalization;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>A kind of database that the portal can log in to and whose passwords it can change.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="DefaultPort">Where it listens if nothing else is set.</param>
/// <param name="DefaultDatabase">The database that is connected to where none is named.</param>
/// <param name="Passwords">What new passwords look like unless a secret's settings say something else.</param>
/// <param name="LongestPassword">The longest password that it takes.</param>
public sealed record DatabaseKind(string Name, int DefaultPort, string DefaultDatabase, RandomPasswordOptions Passwords, int LongestPassword);

/// <summary>
/// Logs in to a database with a credential that is typed and stored nowhere, as a rotation's preflight would: with the same drivers and the same
/// rules for TLS. Bounded in time, and slowed down per caller as guessed passwords are, so that it finds no open ports for anybody.
/// </summary>
public sealed partial class ConnectionTester
{
    private const string Throttled = "connection-test";

    // Longer than the drivers' own limits, which have the better words.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<IDatabaseEngine> _engines;
    private readonly Authorizer _authorizer;
    private readonly SignInThrottle _throttle;
    private readonly AuditRecorder _recorder;
    private readonly FillRandom _random;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<ConnectionTester> _log;

    internal ConnectionTester(
        IReadOnlyList<IDatabaseEngine> engines, Authorizer authorizer, SignInThrottle throttle, AuditRecorder recorder, FillRandom random,
        PortalOptions options, TimeProvider clock, ILogger<ConnectionTester> log)
    {
        _engines = engines;
        _authorizer = authorizer;
        _throttle = throttle;
        _recorder = recorder;
        _random = random;
        _options = options;
        _clock = clock;
        _log = log;
    }

    /// <summary>The kind of database that an engine's name in a secret's JSON means; null where the portal has no driver for it.</summary>
    public DatabaseKind? KindOf(string engine) => Find(engine) is { } found
        ? new DatabaseKind(found.Name, found.DefaultPort, found.DefaultDatabase, found.PasswordRules, found.LongestPassword)
        : null;

    /// <summary>
    /// Logs in with <paramref name="value"/> and tells what was found; changes nothing. The caller needs <c>secretsmanager:CreateSecret</c> and
    /// <c>secretsmanager:RotateSecret</c>, for the secret's name where it has one already. The record names engine, host and port, and nothing else of
    /// the value. <see cref="PortalError.Throttling"/> where the caller's tests fail too often, whatever works in between: a database of one's own is no
    /// key to the ports of others. <see cref="PortalError.InvalidRequest"/> for an engine without a driver.
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="value">The JSON that is about to be stored.</param>
    /// <param name="secretName">The name that the secret is to get; null while it is not known.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<PreflightReport> Test(CallContext call, SecretValue value, string? secretName, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.RotateSecret, secretName ?? "*", async op =>
        {
            var asked = secretName is null ? "*" : SecretFinder.AskedArn(call.Region, _options.AccountId, SecretId.Parse(secretName));
            op.Detail = "connection test: nothing is stored";
            await _authorizer.Require(op, SecretActions.CreateSecret, asked, secretName, secret: null, requestTags: null, cancel);
            await _authorizer.Require(op, SecretActions.RotateSecret, asked, secretName, secret: null, requestTags: null, cancel);
            var engine = SecretContent.Of(value).Engine is { } name ? Find(name) : null;
            if (engine is null)
                throw new PortalException(PortalError.InvalidRequest,
                    $"The portal has no driver for this engine, so it can't test the connection. It has drivers for {string.Join(", ", _engines.Select(static one => one.Name))}.");
            op.Detail = $"{TestOf(engine, value)}; nothing is stored";
            await _throttle.BeginProof(Throttled, call.Caller.Id, cancel);
            var report = await Check(engine, WithoutMaster(value), isAlternating: DatabaseCredential.MasterArnOf(value) is not null, cancel);
            if (report.Findings.Any(static finding => finding is { Check: PreflightCheck.LogIn, State: PreflightState.Passed }))
                await _throttle.ProofTakenBack(Throttled, call.Caller.Id, cancel);
            op.Detail = Detail(engine, value, report);
            return report;
        }, cancel);

    private IDatabaseEngine? Find(string name) => _engines.FirstOrDefault(engine => engine.EngineNames.Contains(name, StringComparer.OrdinalIgnoreCase));

    private async Task<PreflightReport> Check(IDatabaseEngine engine, SecretValue value, bool isAlternating, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(s_limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            var rotator = new SingleUserRotator(engine, _random, _options.Rotation.AllowedTargets);
            var report = await rotator.Check(new RotationValues { Current = value }, either.Token).WaitAsync(either.Token);
            // Of alternating users the master changes the passwords, and it is looked at when the rotation is set up.
            return isAlternating ? new PreflightReport([.. report.Findings.Where(static finding => finding.Check != PreflightCheck.Privileges)]) : report;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return Failed(PreflightCheck.Reachable, string.Create(CultureInfo.InvariantCulture,
                $"There was no answer within {s_limit.TotalSeconds:0} seconds. Check host and port, and whether a firewall between the portal and the database lets it through."));
        }
        catch (Exception fault) when (fault is not (PortalException or OperationCanceledException))
        {
            // By its type alone: what a driver says may quote the value.
            LogUnexpected(engine.Name, fault.GetType().Name);
            return Failed(PreflightCheck.LogIn, $"An unexpected fault ({fault.GetType().Name}); the portal's log names it, too.");
        }
    }

    private static PreflightReport Failed(PreflightCheck check, string message) => new([new PreflightFinding(check, PreflightState.Failed, message)]);

    private static SecretValue WithoutMaster(SecretValue value)
    {
        if (JsonSecret.Read(value) is not { } json)
            return value;
        json.Remove("masterarn");
        return JsonSecret.Write(json);
    }

    private static string Detail(IDatabaseEngine engine, SecretValue value, PreflightReport report)
    {
        var end = report.WouldWork ? "worked" : $"failed at {report.Findings.First(static finding => finding.State == PreflightState.Failed).Check}";
        return $"{TestOf(engine, value)}: {end}; nothing is stored";
    }

    private static string TestOf(IDatabaseEngine engine, SecretValue value)
    {
        try
        {
            var credential = DatabaseCredential.Parse(value, engine);
            return string.Create(CultureInfo.InvariantCulture, $"connection test of {engine.Name} at {credential.Host}:{credential.Port}");
        }
        catch (RotationException)
        {
            // What can't be read as a host may be anything, a password among that.
            return $"connection test of {engine.Name}";
        }
    }

    [LoggerMessage(EventId = 1250, Level = LogLevel.Error, Message = "A connection test of {Engine} ended with an unexpected fault ({FaultType})")]
    private partial void LogUnexpected(string engine, string faultType);
}
