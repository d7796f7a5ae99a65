using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// Whether the time of a refusal tells what was wrong. Both kinds are tried in turn, in an order that is drawn for each pair, so that what else the
/// machine does meets both alike. <c>tests/drill.sh timing</c> takes 10,000 of each.
/// </summary>
public sealed class TimingDrillTests(ITestOutputHelper output)
{
    private static readonly int s_samples = int.TryParse(Environment.GetEnvironmentVariable("TIMING_SAMPLES"), CultureInfo.InvariantCulture, out var asked) ? asked : 50;

    [Fact]
    public async Task An_unknown_user_takes_as_long_as_a_wrong_password()
    {
        await using var portal = await TestPortal.Start();
        var service = portal.Services.GetRequiredService<SignInService>();
        var wrong = new SecretText("a password that nobody has");

        var (known, unknown) = await Measure(
            TestPortal.AdminUser, () => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", TestPortal.AdminUser.Length), Refused,
            // The delay after failures would be measured otherwise.
            between: () => Forget(portal));

        Tell("wrong password", known, "unknown user", unknown);

        async Task Refused(string name) => Assert.Equal(
            SignInStep.Refused, (await service.SignIn(name, wrong, new SignInOrigin("198.51.100.1", "timing"), CancellationToken.None)).Next);
    }

    [Fact]
    public async Task An_unknown_access_key_takes_as_long_as_a_wrong_signature()
    {
        await using var portal = await TestPortal.Start();
        // The first request of a day opens the secret half; from then on the key's signing key is known.
        await portal.Aws.Ok("ListSecrets", new { });
        // Both over the same connection.
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        var asked = 0;

        var (known, unknown) = await Measure(
            // Made up anew each time, as a guess would be.
            TestPortal.AccessKeyId, () => "AKIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), Refused,
            between: () => Task.CompletedTask);

        Tell("wrong signature", known, "unknown access key", unknown);

        async Task Refused(string accessKeyId)
        {
            using var client = new SigningClient(
                portal.Address, new SigningCredentials(accessKeyId, new SecretText(new string('x', 40))), TestPortal.Region, http);
            // Another secret each time: within a second, the same request would be the same to the byte, and a server may remember its headers.
            var answer = await client.Call("GetSecretValue", new { SecretId = $"x{Interlocked.Increment(ref asked):D8}" });
            var error = accessKeyId == TestPortal.AccessKeyId ? "InvalidSignatureException" : "UnrecognizedClientException";
            Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer.ErrorType));
        }
    }

    private static async Task<(double[] Known, double[] Unknown)> Measure(
        string known, Func<string> unknown, Func<string, Task> refused, Func<Task> between)
    {
        for (var i = 0; i < 5; i++)
        {
            await refused(known);
            await refused(unknown());
            await between();
        }

        var (ofKnown, ofUnknown) = (new double[s_samples], new double[s_samples]);
        for (var i = 0; i < s_samples; i++)
        {
            var isKnownFirst = RandomNumberGenerator.GetInt32(2) == 0;
            foreach (var isKnown in new[] { isKnownFirst, !isKnownFirst })
            {
                // Both are drawn, so that it costs the same.
                var (drawn, name) = (unknown(), known);
                name = isKnown ? name : drawn;
                var from = Stopwatch.GetTimestamp();
                await refused(name);
                (isKnown ? ofKnown : ofUnknown)[i] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
                await between();
            }
        }

        return (ofKnown, ofUnknown);
    }

    /// <summary>Prints what was measured; fails where the two are told apart with one mistake in a million at most.</summary>
    private void Tell(string nameOfKnown, double[] known, string nameOfUnknown, double[] unknown)
    {
        Array.Sort(known);
        Array.Sort(unknown);
        var distance = Distance(known, unknown);
        var limit = Math.Sqrt(-Math.Log(1e-6 / 2) / 2) * Math.Sqrt(2.0 / s_samples);
        var usual = Math.Sqrt(-Math.Log(0.01 / 2) / 2) * Math.Sqrt(2.0 / s_samples);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s_samples} of each; median {nameOfKnown} {known[s_samples / 2]:0.000} ms, {nameOfUnknown} {unknown[s_samples / 2]:0.000} ms"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Kolmogorov-Smirnov distance {distance:0.0000}; chance alone exceeds {usual:0.0000} once in 100; the test fails beyond {limit:0.0000}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Welch t {Welch(known, unknown):0.00} (without the slowest hundredth)"));
        Assert.True(distance < limit, $"{nameOfKnown} and {nameOfUnknown} are told apart: distance {distance}, at most {limit}");
    }

    /// <summary>The greatest distance of the two distributions (two samples of one size, sorted).</summary>
    private static double Distance(double[] one, double[] other)
    {
        var (i, j, greatest) = (0, 0, 0);
        while (i < one.Length && j < other.Length)
        {
            var next = Math.Min(one[i], other[j]);
            while (i < one.Length && one[i] <= next)
                i++;
            while (j < other.Length && other[j] <= next)
                j++;
            greatest = Math.Max(greatest, Math.Abs(i - j));
        }

        return greatest / (double)one.Length;
    }

    private static double Welch(double[] one, double[] other)
    {
        var (a, b) = (one[..(one.Length * 99 / 100)], other[..(other.Length * 99 / 100)]);
        return (a.Average() - b.Average()) / Math.Sqrt((Variance(a) / a.Length) + (Variance(b) / b.Length));
    }

    private static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }

    private static async Task Forget(TestPortal portal)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Default Timeout=15");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM sign_in_failure";
        await command.ExecuteNonQueryAsync();
    }
}
