// The official Java SDK on the gateway. It takes the base URLs from the environment (or from a file .env) only:
//   export QIANFAN_BASE_URL=http://127.0.0.1:8787 QIANFAN_CONSOLE_API_BASE_URL=http://127.0.0.1:8787
//   mvn -q compile exec:java
import com.baidubce.qianfan.Qianfan;
import com.baidubce.qianfan.core.StreamIterator;
import com.baidubce.qianfan.model.completion.CompletionResponse;

public class Main {
    public static void main(String[] args) throws Exception {
        String id = System.getenv().getOrDefault("QIANFAN_ACCESS_KEY", "demo");
        String secret = System.getenv().getOrDefault("QIANFAN_SECRET_KEY", "demo-secret");
        // IAM keys: the SDK signs each request. For OAuth: new Qianfan("OAuth", id, secret).
        Qianfan qianfan = new Qianfan(id, secret);
        String prompt = "In Bash, how do I list all text files?";

        // endpoint("lbwxxxd4_starcoder") instead of model(…) calls a service you published.
        CompletionResponse answer = qianfan.completion()
                .model("CodeLlama-7b-Instruct")
                .prompt(prompt)
                .execute();
        System.out.println(answer.getResult());

        try (StreamIterator<CompletionResponse> stream = qianfan.completion()
                .model("CodeLlama-7b-Instruct")
                .prompt(prompt)
                .executeStream()) {
            while (stream.hasNext()) {
                String text = stream.next().getResult();
                // The first of the two frames that report an error has no text; the next call throws.
                if (text != null) {
                    System.out.print(text);
                }
            }
        }
        System.out.println();
    }
}
