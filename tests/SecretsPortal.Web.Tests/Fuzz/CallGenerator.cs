using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CsCheck;
using SecretsPortal.Web.Tests.Api.Model;

namespace SecretsPortal.Web.Tests.Fuzz;

/// <summary>One call of a fuzz run.</summary>
public sealed record FuzzCall(ModelOperation Operation, byte[] Body);

/// <summary>
/// Draws calls of all operations from the service's model: each member valid, at its limits or broken, on a small pool of names and
/// tokens so that calls meet each other's secrets, and now and then with some bytes of the body changed.
/// </summary>
public static class CallGenerator
{
    /// <summary>Stands for the last page token that the operation gave.</summary>
    public const string PageToken = "@@page@@";

    private static readonly string[] s_labels = ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "blue", "green", "\u00fcber"];

    private static readonly string[] s_policies =
    [
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""",
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}""",
        """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"999999999999"},"Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}}}""",
        """{"Version":"2012-10-17","Statement":[]}""", "{", "[]", "null", """{"Statement":[{"Effect":"Maybe"}]}""",
    ];

    private static readonly string[] s_schedules =
    [
        "rate(10 days)", "rate(4 hours)", "rate(1 hour)", "rate(999999999999 days)", "cron(0 8 * * ? *)", "cron(0 8 ? * MON#2 *)", "cron(0 0/8 L * ? *)", "cron(0 8 31 2 ? *)", "cron(", "10 days",
    ];

    private static readonly Gen<string> s_unicode = Gen.OneOf(
        "\u00e4\u00f6\u00fc", "\U0001F511", "\u202e", "\ufeff", "e\u0301", "\u0130", "\0", "\t\r\n", "'; DROP TABLE secret;--", "%_[]!\\", "<script>", "${aws:username}", "*", "?");

    /// <summary>Calls on the given names; what they create stays among them.</summary>
    public static Gen<FuzzCall> Calls(IReadOnlyList<string> names, IReadOnlyList<string> tokens)
    {
        var pool = new Pool(names, tokens);
        // What reads and what changes values comes more often: the rest needs something to work on.
        var operations = ServiceModel.Instance.Operations.Values
            .Select(o => (o.Name is "CreateSecret" or "PutSecretValue" or "GetSecretValue" or "UpdateSecretVersionStage" ? 3 : 1, (IGen<FuzzCall>)Call(o, pool)));
        return Gen.Frequency([.. operations]);
    }

    private static Gen<FuzzCall> Call(ModelOperation operation, Pool pool) =>
        Gen.Select(Object(operation.Request, pool), Gen.Int[0, 49], Gen.Int[0, 1 << 20], Gen.Byte, (json, mutation, at, value) =>
            new FuzzCall(operation, Mutated(Encoding.UTF8.GetBytes(json), mutation, at, value)));

    private static Gen<string> Object(IReadOnlyList<ModelMember> members, Pool pool)
    {
        var all = Gen.Const(ImmutableList<string>.Empty);
        foreach (var member in members)
        {
            var often = member.IsRequired || member.Name == "ClientRequestToken" ? 49 : member.Type.IsSensitive ? 25 : 15;
            all = Gen.Select(all, Gen.Int[0, 49], Value(member.Type, pool), (before, draw, json) =>
                draw < often ? before.Add($"\"{member.Name}\":{json}") : before);
        }

        return all.Select(given => $"{{{string.Join(',', given)}}}");
    }

    private static Gen<string> Value(ModelType type, Pool pool) =>
        Gen.Frequency((70, Valid(type, pool)), (4, AtLimit(type, pool)), (2, Broken(type)));

    private static Gen<string> Valid(ModelType type, Pool pool) => type.Kind switch
    {
        ModelKind.Structure => Object([.. type.Members.Select(m => m with { IsRequired = true })], pool),
        ModelKind.List => Value(type.Element!, pool).Array[1, 3].Select(elements => $"[{string.Join(',', elements)}]"),
        ModelKind.Boolean => Gen.OneOf("true", "false"),
        ModelKind.Integer => Gen.Int[(int)(type.Min ?? 7), (int)Math.Min(type.Max ?? 30, 100)].Select(n => $"{n}"),
        ModelKind.Blob => Gen.Byte.Array[1, 40].Select(bytes => $"\"{Convert.ToBase64String(bytes)}\""),
        _ => Text(type, pool).Select(Quoted),
    };

    private static Gen<string> Text(ModelType type, Pool pool) => type.Words is { } words ? Gen.OneOf([.. words]) : type.Name switch
    {
        "SecretId" or "Name" => Gen.OneOf([.. pool.Names]),
        "ClientRequestToken" or "SecretVersionId" => Gen.OneOf([.. pool.Tokens]),
        "SecretVersionStage" => Gen.OneOf(s_labels),
        "Region" => Gen.OneOf("us-east-1", "eu-west-1", "eu-central-1", "mars-north-7"),
        "KmsKeyId" => Gen.OneOf("alias/aws/secretsmanager", "alias/aws/secretsmanager", "", "alias/none", "arn:aws:kms:us-east-1:000000000000:key/none"),
        "NonEmptyResourcePolicy" => Gen.OneOf(s_policies),
        "ScheduleExpression" => Gen.OneOf(s_schedules),
        "Duration" => Gen.OneOf("1h", "3h", "24h", "99h", "hh"),
        "RotationLambdaARN" => Gen.OneOf("", "SecretsManagerRDSPostgreSQLRotationSingleUser", "arn:aws:lambda:us-east-1:000000000000:function:none"),
        "RotationToken" => Gen.OneOf("4f1c3d1e-0000-4000-8000-000000000000"),
        "NextToken" => Gen.OneOf(PageToken, PageToken, "forged"),
        "SecretString" => Gen.OneOf("a", "b", "{\"username\":\"u\",\"password\":\"p\"}", "{\"engine\":\"postgres\",\"host\":\"127.0.0.1\",\"port\":1,\"username\":\"u\",\"password\":\"p\"}"),
        "FilterValueString" => Gen.OneOf("fuzz", "!fuzz", "a", "", "!", "us-east-1", "production", "!a b"),
        "TagKey" => Gen.OneOf("a", "b", "production", "aws:x"),
        _ => Gen.OneOf(Gen.OneOf("a", "production value"), s_unicode).Select(text => text.PadRight((int)(type.Min ?? 0), 'x')),
    };

    private static Gen<string> AtLimit(ModelType type, Pool pool) => type.Kind switch
    {
        ModelKind.String => Gen.Select(Gen.OneOf(-1, 0, 1), Gen.Bool, s_unicode, (off, atMax, end) =>
        {
            var length = (int)Math.Max(0, (atMax ? type.Max ?? 300 : type.Min ?? 0) + off);
            return Quoted(off == 0 && length > end.Length ? new string('a', length - end.Length) + end : new string('a', length));
        }),
        ModelKind.Integer => Gen.OneOf(-1L, 0, 1).Select(off => $"{(off < 0 ? type.Min ?? 7 : type.Max ?? 30) + off}"),
        ModelKind.Blob => Gen.OneOf(0, 1, 65_535, 65_536, 65_537).Select(length => $"\"{Convert.ToBase64String(new byte[length])}\""),
        ModelKind.List => Gen.Select(Value(type.Element!, pool), Gen.OneOf(0, 1, (int)(type.Max ?? 60), (int)(type.Max ?? 60) + 1), (element, count) =>
            $"[{string.Join(',', Enumerable.Repeat(element, count))}]"),
        _ => Valid(type, pool),
    };

    private static Gen<string> Broken(ModelType type) => Gen.OneOf(
        "null", "true", "7", "-1", "1.5", "1e400", "9223372036854775808", "\"\"", "[]", "{}", "[null]", "[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]", "\"\\ud800\"", "\"\\u0000\"",
        "\"x\"", "{\"Key\":null}", "[{\"Key\":\"a\"}]", "\"\\", "nul", "\"a\nb\"", $"\"{new string('a', 70_000)}\"", type.Kind == ModelKind.String ? "\"no such word\"" : "\"7\"");

    private static byte[] Mutated(byte[] body, int mutation, int at, byte value)
    {
        at %= body.Length;
        switch (mutation)
        {
            case 0:
                body[at] = value;
                return body;
            case 1:
                return at % 5 == 0 ? body[..at] : [.. body[..at], .. body[Math.Min(body.Length, at + 1 + (value % 8))..]];
            case 2:
                return [.. body[..at], value, .. body[at..]];
            case 3:
                return [.. body[..at], .. body[(at / 2)..]];
            default:
                return body;
        }
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private sealed record Pool(IReadOnlyList<string> Names, IReadOnlyList<string> Tokens);
}
