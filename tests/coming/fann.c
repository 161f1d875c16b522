/* Give FANN a net and samples, let it learn them one by one, and print what comes of it.

From stdin come numbers: inputs, hidden, outputs; of the hidden and of the output layer the activation
and its steepness; the rate; the weights, each neuron's inputs and then its bias; the number of
samples; the samples, each with its targets. argv[1] is a file for the net as it is at the end. */
#include <doublefann.h>
#include <stdio.h>
#include <stdlib.h>

static double number(void)
{
    double value;
    if (scanf("%lf", &value) != 1) exit(1);
    return value;
}

int main(int argc, char **argv)
{
    unsigned int inputs = number(), hidden = number(), outputs = number(), samples, k, n;
    struct fann *net = fann_create_standard(3, inputs, hidden, outputs);
    struct fann_connection *links = malloc(fann_get_total_connections(net) * sizeof *links);
    double *x = malloc((inputs + outputs) * sizeof *x);

    fann_set_activation_function_hidden(net, (enum fann_activationfunc_enum)number());
    fann_set_activation_steepness_hidden(net, number());
    fann_set_activation_function_output(net, (enum fann_activationfunc_enum)number());
    fann_set_activation_steepness_output(net, number());
    fann_set_training_algorithm(net, FANN_TRAIN_INCREMENTAL);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(net, (float)number());
    fann_get_connection_array(net, links);
    for (k = 0; k < fann_get_total_connections(net); k++) links[k].weight = number();
    fann_set_weight_array(net, links, fann_get_total_connections(net));
    samples = number();
    for (n = 0; n < samples; n++) {
        for (k = 0; k < inputs + outputs; k++) x[k] = number();
        fann_train(net, x, x + inputs);
    }
    fann_get_connection_array(net, links);
    for (k = 0; k < fann_get_total_connections(net); k++) printf("%.17g ", links[k].weight);
    printf("\n%.17g\n", fann_get_MSE(net));
    for (k = 0; k < outputs; k++) printf("%.17g ", fann_run(net, x)[k]);
    return argc < 2 || fann_save(net, argv[1]) ? 1 : 0;
}
