using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Client;

/// <summary>How the channel treats answers that the real portal does not give at will; all else is tested against the real one.</summary>
public sealed class SignedJsonChannelTests
{
    [Fact]
    public async Task A_passing_fault_is_tried_again()
    {
        await using var server = await Answers.Start((503, "<html>"), (400, """{"__type":"ThrottlingException","Message":"slow down"}"""), (200, """{"ARN":"a"}"""));
        Assert.Equal("a", (await Describe(server)).Arn);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_lasting_fault_is_told_after_five_attempts()
    {
        await using var server = await Answers.Start([.. Enumerable.Repeat((500, """{"__type":"InternalServiceError","Message":"sorry"}"""), 9)]);
        var fault = await Assert.ThrowsAsync<PortalApiException>(() => Describe(server));
        Assert.Equal("InternalServiceError", fault.Code);
        Assert.Equal(5, server.Requests);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        await using var server = await Answers.Start((400, """{"__type":"ResourceNotFoundException","Message":"gone"}"""));
        var fault = await Assert.ThrowsAsync<PortalApiException>(() => Describe(server));
        Assert.True(fault.IsNotFound);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task After_a_stop_nothing_is_tried_again()
    {
        await using var server = await Answers.Start((503, ""), (200, "{}"));
        await Assert.ThrowsAsync<PortalApiException>(() => Describe(server, new CancellationToken(canceled: true)));
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData(200, "<html>SECRET</html>")]
    [InlineData(200, """{"ARN":["SECRET"]}""")]
    [InlineData(404, "<html>SECRET</html>")]
    [InlineData(302, "")]
    public async Task Something_that_is_not_the_portal_is_said_to_be_so_and_not_quoted(int status, string body)
    {
        await using var server = await Answers.Start((status, body));
        var fault = await Assert.ThrowsAsync<PortalApiException>(() => Describe(server));
        Assert.Equal(PortalApiException.NotThePortal, fault.Code);
        Assert.DoesNotContain("SECRET", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_connection_is_told_at_once_with_the_address()
    {
        var port = SecretsPortal.Tests.Shared.FreePort.Next();
        var settings = Settings($"http://127.0.0.1:{port}");
        using var http = SignedJsonChannel.CreateHttpClient(settings);
        var fault = await Assert.ThrowsAsync<PortalApiException>(() => Portal(http, settings).DescribeSecretAsync("app", default));
        Assert.Equal(PortalApiException.Unreachable, fault.Code);
        Assert.Contains($"127.0.0.1:{port}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("refused", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<DescribeSecretResponse> Describe(Answers server, CancellationToken stop = default)
    {
        var settings = Settings(server.Address);
        using var http = SignedJsonChannel.CreateHttpClient(settings);
        return await Portal(http, settings).DescribeSecretAsync("app", stop);
    }

    private static ProviderSettings Settings(string endpoint) => new(new Uri(endpoint), "us-east-1", new SigningCredentials("AKIATEST", new SecretText("secret")));

    private static PortalClient Portal(HttpClient http, ProviderSettings settings) =>
        new(new SignedJsonChannel(http, settings, new Hurried(), NullLogger<SignedJsonChannel>.Instance), settings, TimeProvider.System);

    /// <summary>A real server that gives these answers in turn.</summary>
    private sealed class Answers : IAsyncDisposable
    {
        private readonly WebApplication _server;

        private int _requests;

        private Answers(params (int Status, string Body)[] answers)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            _server = builder.Build();
            _server.Run(context =>
            {
                var (status, body) = answers[_requests++];
                context.Response.StatusCode = status;
                return context.Response.WriteAsync(body, context.RequestAborted);
            });
        }

        public int Requests => _requests;

        public string Address => _server.Urls.Single();

        public static async Task<Answers> Start(params (int Status, string Body)[] answers)
        {
            var server = new Answers(answers);
            await server._server.StartAsync();
            return server;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }

    /// <summary>A clock on which every wait is over at once.</summary>
    private sealed class Hurried : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
