using System.Globalization;
using System.Text.Json;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies.Oracle;

/// <summary>
/// Policies and requests made of few words, so that they often speak of each other. All operators, quantifiers, Not- forms and kinds of variables
/// occur, values that have not the operator's form, keys that are missing, have several values or differ in case alone, too.
/// </summary>
/// <param name="draw">Where the choices come from.</param>
internal sealed class DrawnPolicies(Draw draw)
{
    private const string Account = "000000000000";

    private static readonly string[] s_textKeys =
        ["aws:username", "aws:PrincipalTag/team", "aws:principaltag/TEAM", "aws:ResourceTag/team", "secretsmanager:Name", "aws:TagKeys", "x:none"];

    private static readonly string[] s_words = ["ann", "bob", "blue", "red", "a", "ab", "*", "a*b", "a?", "", "Ann", "BLUE"];
    private static readonly string[] s_numbers = ["0", "7", "7.0", "-1.5", "30", "+30", ".5", "seven", ""];
    private static readonly string[] s_times =
        ["2026-03-01", "2026-03-01T00:00:00Z", "1772323200", "2026-03-01T01:00:00+02:00", "2026-02-28T23:59:59.5Z", "2024-02-29T12:30Z", "0", "2026-03-01T00:00:00-05:30", "soon"];

    private static readonly string[] s_flags = ["true", "false", "True", "FALSE", "yes"];
    private static readonly string[] s_bytes = ["AQI=", "AAEC/w==", "", "AQI", "AR=="];
    private static readonly string[] s_addresses = ["10.1.2.3", "10.200.0.1", "192.168.1.7", "::ffff:10.1.2.3", "2001:db8::1", "2001:db9::1", "internal"];
    private static readonly string[] s_ranges =
        ["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "192.168.1.0/29", "10.1.2.3/31", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/104", "2001:db8::1/127", "10.128.0.0/9"];

    private static readonly string[] s_arns =
        ["arn:aws:iam::000000000000:user/ann", "arn:aws:iam::000000000000:user/bob", "arn:aws:lambda:us-east-1:000000000000:function:a", "a-name"];

    /// <summary>One or more identity policies, perhaps a resource policy and a session policy, as JSON.</summary>
    public (List<(string Name, string Json)> Identity, (string Name, string Json)? Resource, string? Session) Policies()
    {
        var number = 0;
        var identity = draw.Some(draw.Percent(10) ? 0 : 1, 3, () => ($"p{++number}", Document(isResourcePolicy: false)));
        return (identity, draw.Percent(50) ? ("resource", Document(isResourcePolicy: true)) : null, draw.Percent(25) ? Document(isResourcePolicy: false) : null);
    }

    /// <summary>A request; the session policy is put in by the caller.</summary>
    public AuthorizationRequest Request()
    {
        var name = draw.One("ann", "bob");
        var arn = draw.One(s_arns.AsSpan(0, 3));
        var context = new Dictionary<string, IReadOnlyList<string>>();
        Add(95, "aws:username", name);
        Add(95, "aws:PrincipalArn", draw.Percent(90) ? arn : draw.One(s_arns));
        Add(70, "aws:PrincipalTag/team", draw.One(s_words));
        Add(5, "aws:PrincipalTag/Team", draw.One(s_words));
        Add(70, "aws:ResourceTag/team", draw.One(s_words));
        Add(90, "secretsmanager:Name", Path());
        Add(90, "aws:SourceIp", draw.One(draw.Percent(97) ? s_addresses.AsSpan(0, 6) : s_addresses));
        Add(90, "aws:CurrentTime", draw.One(draw.Percent(97) ? s_times.AsSpan(0, 8) : s_times));
        Add(80, "x:number", draw.One(draw.Percent(97) ? s_numbers.AsSpan(0, 7) : s_numbers));
        Add(80, "x:flag", draw.One(draw.Percent(97) ? s_flags.AsSpan(0, 4) : s_flags));
        Add(80, "x:bytes", draw.One(draw.Percent(97) ? s_bytes.AsSpan(0, 3) : s_bytes));
        if (draw.Percent(70))
            context["aws:TagKeys"] = draw.Some(0, 3, () => draw.One(s_words));
        if (draw.Percent(30))
            context["x:numbers"] = draw.Some(0, 3, () => draw.One(s_numbers.AsSpan(0, 7)));
        var caller = new Caller { Id = "1", Kind = CallerKind.User, Name = name, Arn = arn };
        return new AuthorizationRequest(caller, draw.One("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsportal:ListUsers"), Resource(), context);

        void Add(int percent, string key, string value)
        {
            if (draw.Percent(percent))
                context[key] = [value];
        }
    }

    private string Resource() => draw.Percent(15) ? "*" : $"arn:aws:secretsmanager:{draw.One("us-east-1", "eu-west-1")}:{Account}:secret:{Path()}";

    private string Path() => string.Join('/', draw.Some(1, 2, () => draw.One("ann", "bob", "blue", "red", "a", "ab", "a*b", "a:b", "$", "")));

    private string Document(bool isResourcePolicy)
    {
        var hasVariables = draw.Percent(80);
        var number = 0;
        var statements = draw.Some(1, 3, () => Statement(isResourcePolicy, hasVariables, ++number));
        var listed = statements.Count == 1 && draw.Percent(30) ? statements[0] : $"[{string.Join(',', statements)}]";
        var version = hasVariables ? "\"Version\":\"2012-10-17\"," : draw.Percent(50) ? "\"Version\":\"2008-10-17\"," : "";
        return $"{{{version}\"Statement\":{listed}}}";
    }

    private string Statement(bool isResourcePolicy, bool hasVariables, int number)
    {
        var isDeny = draw.Percent(35);
        var members = new List<string> { $"\"Effect\":\"{(isDeny ? "Deny" : "Allow")}\"" };
        if (draw.Percent(60))
            members.Add(string.Create(CultureInfo.InvariantCulture, $"\"Sid\":\"S{number}\""));
        if (isResourcePolicy)
            members.Add(Principal(isDeny));
        members.Add($"\"{(draw.Percent(20) ? "Not" : "")}Action\":{List(1, 2, Action)}");
        members.Add($"\"{(draw.Percent(20) ? "Not" : "")}Resource\":{List(1, 2, () => ResourcePattern(hasVariables))}");
        if (draw.Percent(60))
            members.Add(Condition(hasVariables));
        return $"{{{string.Join(',', members)}}}";
    }

    private string Principal(bool isDeny)
    {
        var element = isDeny && draw.Percent(30) ? "NotPrincipal" : "Principal";
        if (draw.Percent(40))
            return $"\"{element}\":\"*\"";
        var named = List(1, 2, () => draw.One([.. s_arns.AsSpan(0, 3), "*", Account, $"arn:aws:iam::{Account}:root", "111111111111", "arn:aws:iam::000000000000:role/secretsportal/rotation"]));
        return $"\"{element}\":{{\"AWS\":{named}}}";
    }

    private string Action() => draw.One(
        "*", "secretsmanager:*", "secretsmanager:GetSecretValue", "secretsmanager:Get*", "SecretsManager:?etSECRETvalue", "secretsportal:*", "secretsmanager:*Secret*", "secretsportal:ListUsers");

    private string ResourcePattern(bool hasVariables)
    {
        if (draw.Percent(40))
            return "*";
        var name = string.Concat(draw.Some(1, 3, () => Fragment(hasVariables)));
        return $"arn:{draw.One("aws", "*")}:{draw.One("secretsmanager", "*", "secrets?anager")}:{draw.One("*", "us-east-1", "us-*")}:{draw.One("*", Account, "0*")}:{draw.One("secret:", "*", "s*t:")}{name}";
    }

    // A part of a pattern.
    private string Fragment(bool hasVariables) => hasVariables && draw.Percent(40)
        ? draw.One("${aws:username}", "${aws:PrincipalTag/team}", "${aws:principaltag/TEAM, 'blue'}", "${x:none}", "${x:none, 'a'}", "${x:none,''}", "${*}", "${?}", "${$}", "${aws:TagKeys}", "${secretsmanager:Name}")
        : draw.One("*", "?", "a", "ann", "blue", "/", "*b", "$", ":");

    private string Condition(bool hasVariables)
    {
        var named = new Dictionary<string, string>();
        foreach (var (name, keyAndValues) in draw.Some(1, 2, () => Operator(hasVariables)))
            named[name] = keyAndValues;
        return $"\"Condition\":{{{string.Join(',', named.Select(n => $"\"{n.Key}\":{{{n.Value}}}"))}}}";
    }

    private (string Name, string KeyAndValues) Operator(bool hasVariables)
    {
        if (draw.Percent(5))
            return ("Null", $"{Text(AnyKey())}:{draw.One("true", "false", "\"true\"", "[\"false\"]")}");
        var prefix = draw.One("", "", "ForAnyValue:", "ForAllValues:");
        var suffix = draw.One("", "", "IfExists");
        var (bare, key, values) = Below();
        return ($"{prefix}{bare}{suffix}", $"{Text(draw.Percent(90) ? key : AnyKey())}:{values}");

        (string, string, string) Below() => draw.Below(8) switch
        {
            0 or 1 => (draw.One("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"), draw.One(s_textKeys), List(1, 2, () => Value(hasVariables))),
            2 => (draw.One("StringLike", "StringNotLike"), draw.One(s_textKeys), List(1, 2, () => Value(hasVariables))),
            3 => (draw.One("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), "aws:PrincipalArn", List(1, 2, () => ArnPattern(hasVariables))),
            4 => ($"Numeric{Comparison()}", draw.One("x:number", "x:numbers"), List(1, 2, () => draw.One(s_numbers.AsSpan(0, 7)))),
            5 => ($"Date{Comparison()}", "aws:CurrentTime", List(1, 2, () => draw.One(s_times.AsSpan(0, 8)))),
            6 => draw.Percent(50)
                ? ("Bool", "x:flag", List(1, 2, () => draw.One(s_flags.AsSpan(0, 4))))
                : ("BinaryEquals", "x:bytes", List(1, 2, () => draw.One(s_bytes.AsSpan(0, 3)))),
            _ => (draw.One("IpAddress", "NotIpAddress"), "aws:SourceIp", List(1, 2, () => draw.One(s_ranges))),
        };
    }

    private string Comparison() => draw.One("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals");

    private string AnyKey() => draw.One([.. s_textKeys, "aws:PrincipalArn", "aws:SourceIp", "aws:CurrentTime", "x:number", "x:numbers", "x:flag", "x:bytes"]);

    private string Value(bool hasVariables) => draw.Percent(60) ? draw.One(s_words) : string.Concat(draw.Some(1, 2, () => Fragment(hasVariables)));

    private string ArnPattern(bool hasVariables) => draw.One(
        "*", "arn:aws:iam::*:user/ann", "arn:aws:iam::000000000000:user/?o*", "arn:aws:lambda:*:*:*", $"arn:aws:iam::*:user/{Fragment(hasVariables)}",
        hasVariables ? "arn:aws:${x:none, 'iam'}::*:user/${aws:username}" : "arn:*:*:*:*:*");

    private string List(int least, int most, Func<string> one)
    {
        var texts = draw.Some(least, most, one).Select(Text).ToList();
        return texts.Count == 1 && draw.Percent(50) ? texts[0] : $"[{string.Join(',', texts)}]";
    }

    private static string Text(string text) => JsonSerializer.Serialize(text);
}
