using System.Diagnostics;
using System.Globalization;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies.Oracle;

/// <summary>How fast the engine decides on one thread, for policies as they are in use.</summary>
internal static class DecisionSpeed
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(3);

    /// <summary>Measures each case for some seconds and tells a line for it.</summary>
    public static void Report(Action<string> tell)
    {
        var request = Policies.Request(
            ("aws:PrincipalArn", [Policies.User]), ("aws:PrincipalAccount", ["000000000000"]), ("aws:username", ["ann"]), ("aws:SourceIp", ["10.1.2.3"]),
            ("aws:CurrentTime", ["2026-03-01T00:00:00Z"]), ("aws:PrincipalTag/team", ["prod"]), ("aws:ResourceTag/team", ["prod"]), ("secretsmanager:Name", ["prod/db"]),
            ("secretsmanager:VersionStage", ["AWSCURRENT"]));
        NamedPolicy all = new("Administrator", PolicyDocument.Parse(ManagedPolicyDocuments.Administrator.Document, isResourcePolicy: false));
        NamedPolicy reader = new("Reader", PolicyDocument.Parse(ManagedPolicyDocuments.Reader.Document, isResourcePolicy: false));
        var prefix = Policies.Identity("app", """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/*"}""");
        var conditional = Policies.Identity("team", """
            {"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}/*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}},
            {"Effect":"Deny","Action":"secretsmanager:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}
            """);
        var hung = Policies.Resource("resource policy", """{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"}""");

        Measure(tell, "one statement for everything", request, [all], null);
        Measure(tell, "one statement, names by prefix", request, [prefix], null);
        Measure(tell, "the Reader policy, seven actions", request, [reader], null);
        Measure(tell, "three policies with variables and conditions, one on the secret", request, [reader, prefix, conditional], hung);
        foreach (var (made, policy, worst) in WorstPoliciesTests.All)
            MeasureWorst(tell, made, policy, worst);
    }

    private static void MeasureWorst(Action<string> tell, string made, NamedPolicy policy, AuthorizationRequest request)
    {
        PolicyEvaluator.Evaluate(request, [policy], null);
        var started = Stopwatch.GetTimestamp();
        var count = 0;
        for (; count < 1000 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1); count++)
            PolicyEvaluator.Evaluate(request, [policy], null);
        tell(string.Create(CultureInfo.InvariantCulture, $"20,480 characters, {made}: {Stopwatch.GetElapsedTime(started).TotalMilliseconds / count:0.00} ms a decision"));
    }

    private static void Measure(Action<string> tell, string what, AuthorizationRequest request, NamedPolicy[] policies, NamedPolicy? resource)
    {
        Assert.True(PolicyEvaluator.Evaluate(request, policies, resource).IsAllowed);
        Run(TimeSpan.FromSeconds(1));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var (count, seconds) = Run(s_time);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        tell(string.Create(CultureInfo.InvariantCulture, $"{what}: {count / seconds:N0} decisions a second, {allocated / count} bytes each"));

        (long Count, double Seconds) Run(TimeSpan time)
        {
            var started = Stopwatch.GetTimestamp();
            var count = 0L;
            for (; Stopwatch.GetElapsedTime(started) < time; count += 1000)
            {
                for (var i = 0; i < 1000; i++)
                    PolicyEvaluator.Evaluate(request, policies, resource);
            }

            return (count, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
