using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies.Oracle;

/// <summary>
/// The engine beside the oracle. A few seconds here; tests/fuzz.sh policies asks for long runs by the environment, which tell on the console
/// how they go and how fast the engine decides.
/// </summary>
public sealed class PolicyOracleTests
{
    private const int RequestsEach = 8;

    private static readonly string[] s_operators =
    [
        .. from name in (string[])["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
               "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
               .. from type in (string[])["Numeric", "Date"]
                  from comparison in (string[])["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
                  select type + comparison]
           from prefix in (string[])["", "ForAnyValue:", "ForAllValues:"]
           from suffix in (string[])["", "IfExists"]
           select prefix + name + suffix,
        "Null",
    ];

    private static readonly int? s_longRun = Number("FUZZ_POLICIES");

    public static TheoryData<int> Seeds => s_longRun is null ? [1, RandomNumberGenerator.GetInt32(2, int.MaxValue)] : [Number("FUZZ_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_engine_decides_as_the_oracle_does(int seed)
    {
        var decisions = s_longRun ?? 20_000;
        var draw = new Draw((ulong)seed);
        var drawn = new DrawnPolicies(draw);
        var (allowed, faults, inside) = (0L, 0L, TimeSpan.Zero);
        for (var done = 0; done < decisions;)
        {
            var (identity, resource, session) = drawn.Policies();
            var (policies, hung, narrowed) = Compile(identity, resource, session);
            for (var i = 0; i < RequestsEach && done < decisions; i++, done++)
            {
                var request = drawn.Request();
                request = request with { Caller = request.Caller with { SessionPolicy = narrowed } };
                var started = Stopwatch.GetTimestamp();
                var decision = PolicyEvaluator.Evaluate(request, policies, hung);
                inside += Stopwatch.GetElapsedTime(started);
                var expected = new PolicyOracle(request).Decide(identity, resource, session);
                if (decision.IsAllowed != expected.IsAllowed || !decision.Statements.SequenceEqual(expected.Statements))
                    Assert.Fail(Difference(seed, request, identity, resource, session, decision, expected));
                CheckExplanation(request, policies, hung, decision);
                allowed += decision.IsAllowed ? 1 : 0;
                faults += decision.Reason.Contains("can't be evaluated", StringComparison.Ordinal) ? 1 : 0;
                if (s_longRun is not null && (done + 1) % 100_000 == 0)
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done + 1:N0} decisions, 0 differences"));
            }
        }

        // What never decided either way would prove nothing.
        Assert.InRange(allowed, decisions / 10, decisions * 9 / 10);
        Assert.InRange(faults, decisions / 200, decisions / 4);
        var forms = s_longRun is null ? s_operators.Where(o => !o.Contains(':', StringComparison.Ordinal) && !o.EndsWith("IfExists", StringComparison.Ordinal)) : s_operators;
        Assert.All(forms, o => Assert.True(PolicyOracle.Seen.GetValueOrDefault(o) is ( > 0, > 0), o));
        if (s_longRun is null)
            return;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {seed}: {decisions:N0} decisions, 0 differences; {allowed:N0} allowed, {faults:N0} denied because of a fault; {s_operators.Length} forms of operators, each held and failed"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the engine alone, drawn policies: {decisions / inside.TotalSeconds:N0} decisions a second"));
        DecisionSpeed.Report(Console.WriteLine);
    }

    // Explain decides alike, and its lines say why.
    private static void CheckExplanation(AuthorizationRequest request, List<NamedPolicy> policies, NamedPolicy? hung, Decision decision)
    {
        var (explained, trace) = PolicyEvaluator.Explain(request, policies, hung);
        Assert.Equal((decision.IsAllowed, decision.Reason, decision.By), (explained.IsAllowed, explained.Reason, explained.By));
        Assert.Equal(decision.Statements, explained.Statements);
        var deciding = trace.Any(t => t.Applied && t.IsDeny) ? trace.Where(t => t.Applied && t.IsDeny)
            : trace.Any(t => t.Fault is not null) ? trace.Where(t => t.Fault is not null)
            : decision.IsAllowed ? trace.Where(t => t.Applied) : [];
        Assert.Equal(decision.Statements, deciding.Select(t => $"{t.Policy}/{t.Statement}"));
    }

    private static (List<NamedPolicy> Identity, NamedPolicy? Resource, PolicyDocument? Session) Compile(
        List<(string Name, string Json)> identity, (string Name, string Json)? resource, string? session) =>
        ([.. identity.Select(p => new NamedPolicy(p.Name, PolicyDocument.Parse(p.Json, isResourcePolicy: false)))],
            resource is { } hung ? new NamedPolicy(hung.Name, PolicyDocument.Parse(hung.Json, isResourcePolicy: true)) : null,
            session is null ? null : PolicyDocument.Parse(session, isResourcePolicy: false));

    private static string Difference(
        int seed, AuthorizationRequest request, List<(string Name, string Json)> identity, (string Name, string Json)? resource, string? session, Decision decision, OracleAnswer expected) => $"""
        seed {seed}
        {request.Caller.Arn} asks {request.Action} on {request.Resource} with {string.Join("; ", request.Context.Select(c => $"{c.Key}=[{string.Join(',', c.Value)}]"))}
        {string.Join('\n', identity.Select(p => $"{p.Name}: {p.Json}"))}
        {resource?.Name}: {resource?.Json}
        session: {session}
        engine: {decision.IsAllowed} [{string.Join(", ", decision.Statements)}] {decision.Reason}
        oracle: {expected.IsAllowed} [{string.Join(", ", expected.Statements)}]
        """;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
