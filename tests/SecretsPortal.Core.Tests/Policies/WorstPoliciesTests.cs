using System.Diagnostics;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

/// <summary>Documents as long as they may be, made of what costs most, and the longest texts that a request can bring to meet them.</summary>
public sealed class WorstPoliciesTests
{
    private const string SecretPrefix = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

    /// <summary>What is tried, by what it is made of.</summary>
    internal static IReadOnlyList<(string Made, NamedPolicy Policy, AuthorizationRequest Request)> All { get; } =
    [
        ("stars between letters in resources", Filled("\"Resource\":[", _ => $"\"arn:*:*:*:*:*{Repeated("a*", 254)}b\"", "]"), OnLongName()),
        ("few stars and long parts in resources", Filled("\"NotResource\":[", _ => $"\"arn:*:*:*:*:*{new string('a', 256)}b*\"", "]"), OnLongName()),
        ("question marks in resources", Filled("\"Resource\":[", _ => $"\"arn:*:*:*:*:*{new string('?', 250)}b\"", "]"), OnLongName()),
        ("stars in values", Filled("\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"secretsmanager:Description\":[", _ => $"\"{Repeated("a*", 500)}b\"", "]}}"), WithLongValues()),
        ("long parts in values", Filled("\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{\"secretsmanager:Description\":[", _ => $"\"*{new string('a', 1000)}b*\"", "]}}"), WithLongValues()),
        ("many long parts in values", Filled("\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{\"secretsmanager:Description\":[", _ => $"\"*{new string('a', 60)}b*\"", "]}}"), WithLongValues()),
        ("variables in values", Filled("\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"secretsmanager:Description\":[", _ => $"\"*{Repeated("${aws:PrincipalTag/t}", 4)}b*\"", "]}}"), WithLongValues()),
        ("many values of many", Filled("\"Resource\":\"*\",\"Condition\":{\"ForAllValues:StringNotLike\":{\"aws:TagKeys\":[", _ => $"\"*{new string('a', 60)}b*\"", "]}}"), WithLongValues()),
        ("many keys that are missing", Filled("\"Resource\":\"*\",\"Condition\":{\"StringNotLike\":{", n => $"\"k{n}\":\"a\"", "}}"), WithLongValues()),
    ];

    public static TheoryData<string> Made => [.. All.Select(w => w.Made)];

    [Theory]
    [MemberData(nameof(Made))]
    public void The_worst_policy_is_decided_in_bounded_time(string made)
    {
        var (_, policy, request) = All.Single(w => w.Made == made);
        PolicyEvaluator.Evaluate(request, [policy], null);

        var started = Stopwatch.GetTimestamp();
        PolicyEvaluator.Evaluate(request, [policy], null);

        // Milliseconds where the code is optimized: docs/measurements.md. The rest is for debug builds on machines that do something else, too.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    // As many elements as the longest document holds.
    private static NamedPolicy Filled(string before, Func<int, string> element, string after)
    {
        const string opening = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",""";
        var room = PolicyDocument.MaxLength - opening.Length - before.Length - after.Length - "}]}".Length;
        var elements = new List<string>();
        for (var n = 0; room - element(n).Length - 1 >= 0; n++)
        {
            elements.Add(element(n));
            room -= element(n).Length + 1;
        }

        return new NamedPolicy("worst", PolicyDocument.Parse($"{opening}{before}{string.Join(',', elements)}{after}}}]}}", isResourcePolicy: false));
    }

    private static string Repeated(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static AuthorizationRequest OnLongName() => Policies.Request() with { Resource = SecretPrefix + new string('a', 512) + "-a1b2c3" };

    private static AuthorizationRequest WithLongValues()
    {
        var tags = Enumerable.Range(0, 50).Select(n => ($"aws:ResourceTag/{n}", (string[])[new string('a', 256)]));
        return Policies.Request(
        [
            ("secretsmanager:Description", [new string('a', 2048)]), ("aws:PrincipalTag/t", [new string('a', 256)]),
            ("aws:TagKeys", [.. Enumerable.Repeat(new string('a', 128), 50)]), .. tags,
        ]);
    }
}
